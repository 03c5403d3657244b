// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import java.io.IOException;

/** Is told of each step of an installation that can fail, before it is made. */
@FunctionalInterface
interface Steps {
  /** Nothing happens. */
  Steps NONE = new NoSteps();

  /**
   * A step is about to be made.
   *
   * @throws IOException to make the step fail: tests do that to see everything put back
   */
  void before(String step) throws IOException;

  /** A class and not a lambda, which a JVM's start would pay for. */
  final class NoSteps implements Steps {
    private NoSteps() {}

    @Override
    public void before(String step) {
      // nobody is told
    }
  }
}
