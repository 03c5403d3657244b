// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.benchmarks.bydefault;

import io.github.noinherit.NoInherit;
import io.github.noinherit.Protection;
import java.io.IOException;

/** {@link Hello} with one line more. */
public final class HelloProtected {
  private HelloProtected() {}

  /** Protects, and fails if that has not come about. */
  public static void main(String[] args) throws IOException {
    Protection protection = NoInherit.byDefault();
    if (!protection.isOn()) {
      throw new AssertionError("protection is not on");
    }
    System.out.println("hello");
  }
}
