// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.internal.linux.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The limit of open files, against which the numbers of passed handles are checked. */
public final class OpenFileLimit {
  private OpenFileLimit() {}

  /**
   * Refuses a number that the child could not have.
   *
   * @param numbers in the child
   * @param wished the child's own limit; null for that of this process
   * @throws IllegalArgumentException naming number and limit
   */
  public static void check(Collection<Integer> numbers, @Nullable Long wished) throws IOException {
    if (numbers.isEmpty()) {
      return;
    }
    long here = current();
    long limit = wished == null ? here : Math.min(wished, here);
    for (int number : numbers) {
      if (number >= limit) {
        throw new IllegalArgumentException(
            "a handle cannot be descriptor "
                + number
                + ": the child's limit of open files is "
                + limit
                + " (ulimit -n), and numbers must be below it");
      }
    }
  }

  /** The soft limit of this process. */
  static long current() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limits = arena.allocate(JAVA_LONG, 2);
      Linux.prlimit(0, Linux.RLIMIT_NOFILE, MemorySegment.NULL, limits)
          .orThrow("prlimit(0, RLIMIT_NOFILE)");
      long soft = limits.get(JAVA_LONG, 0);
      return soft < 0 ? Long.MAX_VALUE : soft;
    }
  }
}
