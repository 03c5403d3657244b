// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/** Every descriptor above 2 made close-on-exec, with or without protection, and how to undo it. */
public final class AllFlags {
  private final List<SweptFlag> swept;

  private AllFlags(List<SweptFlag> swept) {
    this.swept = swept;
  }

  /** Sets all of them. Waits until starts of ProcessBuilder are through, at most a second. */
  public static AllFlags set() throws IOException {
    return new AllFlags(Sweep.sweep(Set.of(), Steps.NONE));
  }

  /** Sets none of them. Waits as {@link #set} does. */
  public static AllFlags untouched() throws IOException {
    Starts.awaitThrough(0);
    return new AllFlags(List.of());
  }

  /** Clears those again that were set, where the number still names the same. */
  public void putBack() throws IOException {
    Sweep.putBack(swept);
  }
}
