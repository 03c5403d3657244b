// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;

/** Waiting for a condition: looked at again and again until it holds or the time is over. */
final class Wait {
  /** How long anything that should happen at once may take on a busy machine. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final long PAUSE_MILLIS = 2;

  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException;
  }

  private Wait() {}

  /** Answers whether the condition came to hold in time. */
  static boolean until(Duration limit, Condition condition) throws IOException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() - deadline >= 0) {
        return false;
      }
      pause();
    }
    return true;
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting");
    }
  }
}
