// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A moment until which something may take, or none. */
public final class Deadline {
  private final long start = System.nanoTime();
  private final long nanos;

  private Deadline(long nanos) {
    this.nanos = nanos;
  }

  /**
   * From now on.
   *
   * @param limit null for no limit
   */
  public static Deadline after(@Nullable Duration limit) {
    return new Deadline(
        limit == null || limit.compareTo(Duration.ofNanos(Long.MAX_VALUE)) > 0
            ? Long.MAX_VALUE
            : limit.toNanos());
  }

  /** Nanoseconds left; 0 or less if it is over. */
  long left() {
    return nanos == Long.MAX_VALUE ? Long.MAX_VALUE : nanos - (System.nanoTime() - start);
  }
}
