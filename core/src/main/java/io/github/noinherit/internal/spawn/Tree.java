// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import java.io.IOException;

/** A child and what descends from it. */
interface Tree {
  /** How long the ends of those that were killed are waited for. */
  long END_NANOS = 2_000_000_000;

  /** The child has ended and its exit status was taken. Called by the reaper. */
  void ended() throws IOException;

  /**
   * Ends all of it, and waits for that; two seconds at most, as a process in an uninterruptible
   * system call ends later.
   *
   * @throws IOException if somebody could not be found or killed; all others are
   */
  void kill(Child child) throws IOException;
}
