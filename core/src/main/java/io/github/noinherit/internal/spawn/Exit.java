// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.linux.SignalNames;
import org.jspecify.annotations.Nullable;

/**
 * How a child ended.
 *
 * @param value its exit status, as java.lang.Process gives it
 * @param signal the signal that ended it, or 0
 * @param unknown why neither is known; null if they are
 */
public record Exit(int value, int signal, @Nullable String unknown) {
  static final String STILL_RUNNING = "it has not ended yet";

  /** Is it known? */
  public boolean isKnown() {
    return unknown == null;
  }

  /** Has it not ended yet? */
  public boolean isRunning() {
    return STILL_RUNNING.equals(unknown);
  }

  @Override
  public String toString() {
    return unknown != null
        ? unknown
        : signal != 0 ? "ended by " + SignalNames.of(signal) : "exit value " + value;
  }
}
