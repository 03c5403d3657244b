// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import java.time.Duration;

/**
 * What a child may need at most while somebody waits for it: {@link Spawn#capture}, {@link
 * Spawn#run}, {@link Spawn#lines}, and the same of a {@link Pipeline}. A child that exceeds a limit
 * is killed with its descendants, and the call fails.
 *
 * {@snippet :
 * Spawn.command("git", "status").capture(Limit.time(Duration.ofSeconds(10)), Limit.output(1 << 20));
 * }
 */
public sealed interface Limit {
  /**
   * How long it may take.
   *
   * @param duration from the call on, the starts included
   */
  record Time(Duration duration) implements Limit {
    /**
     * A limit.
     *
     * @throws IllegalArgumentException if it is zero or negative
     */
    public Time {
      if (!duration.isPositive()) {
        throw new IllegalArgumentException("a limit of time is positive, not " + duration);
      }
    }
  }

  /**
   * How much may be written to standard output and standard error together. Without this limit it
   * is what memory holds, and what an array holds for each (2 GB).
   *
   * @param bytes the most that is allowed
   */
  record Output(long bytes) implements Limit {
    /**
     * A limit.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Output {
      if (bytes < 0) {
        throw new IllegalArgumentException("a limit of output is not negative, like " + bytes);
      }
    }
  }

  /**
   * It may take so long, from the call on.
   *
   * @throws IllegalArgumentException if the duration is zero or negative
   */
  static Limit time(Duration duration) {
    return new Time(duration);
  }

  /**
   * It may write so many bytes, to standard output and standard error together.
   *
   * @throws IllegalArgumentException if it is negative
   */
  static Limit output(long bytes) {
    return new Output(bytes);
  }
}
