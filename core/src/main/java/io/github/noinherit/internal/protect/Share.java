// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.Protection;
import java.io.IOException;
import java.util.List;

/** One owner's share of protection that is on. */
final class Share implements Protection {
  private final Installation installation;
  private final List<Covered> covered;
  private final List<Uncovered> uncovered;
  private final int swept;
  private boolean isRemoved;

  /** With the JVM-wide lock held. */
  Share(Installation installation) {
    this.installation = installation;
    covered = installation.covered();
    uncovered = installation.uncovered();
    swept = installation.swept();
  }

  @Override
  public boolean isOn() {
    synchronized (Protector.LOCK) {
      return !isRemoved;
    }
  }

  @Override
  public List<Covered> covered() {
    synchronized (Protector.LOCK) {
      return isRemoved ? covered : installation.covered();
    }
  }

  @Override
  public List<Uncovered> uncovered() {
    synchronized (Protector.LOCK) {
      return isRemoved ? uncovered : installation.uncovered();
    }
  }

  @Override
  public int swept() {
    return swept;
  }

  @Override
  public void remove() throws IOException {
    synchronized (Protector.LOCK) {
      if (!isRemoved) {
        List<Long> unneeded = installation.release();
        isRemoved = true;
        Libraries.giveBack(unneeded);
      }
    }
  }

  @Override
  public String toString() {
    return isOn()
        ? "on: "
            + covered().size()
            + " calls of "
            + covered().stream().map(Covered::library).distinct().count()
            + " libraries create close-on-exec handles, "
            + swept
            + " open handles were made so"
        : "off: removed by this owner";
  }
}
