// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.Protection;
import java.util.List;

/**
 * What is returned where protection cannot be had and was not required.
 *
 * @param reason why it cannot be had
 */
record NoProtection(String reason) implements Protection {
  @Override
  public boolean isOn() {
    return false;
  }

  @Override
  public List<Covered> covered() {
    return List.of();
  }

  @Override
  public List<Uncovered> uncovered() {
    return List.of();
  }

  @Override
  public int swept() {
    return 0;
  }

  @Override
  public void remove() {
    // There is nothing to remove.
  }

  @Override
  public String toString() {
    return "off: " + reason;
  }
}
