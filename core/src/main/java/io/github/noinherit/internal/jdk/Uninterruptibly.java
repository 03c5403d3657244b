// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

/** Waits that no interrupt ends; it is put back afterwards. */
public final class Uninterruptibly {
  private Uninterruptibly() {}

  /** Waits for the end of a thread that does not take long. */
  public static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
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
