// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import java.io.IOException;

/** A child and what descends from it. */
interface Tree {
  /** The child has ended and its exit status was taken. Called by the reaper. */
  void ended() throws IOException;

  /** Ends all of it. */
  void kill(Child child) throws IOException;
}
