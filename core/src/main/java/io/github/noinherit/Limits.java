// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Pure: the limits of one call.
 *
 * @param time null for none
 * @param output in bytes; {@link Long#MAX_VALUE} for none
 */
record Limits(@Nullable Duration time, long output) {
  /**
   * Sorts them.
   *
   * @throws IllegalArgumentException if there are two of a kind
   */
  static Limits of(Limit... limits) {
    Duration time = null;
    Long output = null;
    for (Limit limit : limits) {
      boolean second =
          switch (limit) {
            case Limit.Time t -> time != null;
            case Limit.Output o -> output != null;
          };
      if (second) {
        throw new IllegalArgumentException("a second limit of the same kind: " + limit);
      }
      switch (limit) {
        case Limit.Time(Duration duration) -> time = duration;
        case Limit.Output(long bytes) -> output = bytes;
      }
    }
    return new Limits(time, output == null ? Long.MAX_VALUE : output);
  }

  /**
   * For a call that reads no output.
   *
   * @throws IllegalArgumentException if output is limited all the same
   */
  Limits withoutOutput() {
    if (output != Long.MAX_VALUE) {
      throw new IllegalArgumentException(
          "run() does not read what is written, so it cannot limit it: use capture()");
    }
    return this;
  }
}
