// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.time.Duration;

/** Waits that no interrupt ends; it is put back afterwards. */
public final class Uninterruptibly {
  private Uninterruptibly() {}

  /** Waits for the end of a thread that does not take long. */
  public static void join(Thread thread) {
    join(thread, Duration.ofDays(1));
  }

  /** The same, but no longer than this. */
  public static void join(Thread thread, Duration longest) {
    long begin = System.nanoTime();
    boolean interrupted = false;
    while (true) {
      try {
        thread.join(longest.minusNanos(System.nanoTime() - begin));
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
