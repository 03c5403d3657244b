// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/*
 * Keeps a restart in place and the birth of a child apart. A child that is being born shares our
 * memory and its start is known to one thread only, which the exec would end: the child would run,
 * and nobody would know its pid.
 *
 * So each birth is counted, from before clone until the child is known; so are the trials that start
 * children of their own, and the start of a guardian. What is called inside a birth must not begin a
 * second one: that would wait for a restart which waits for the first. A restart waits until none is
 * under way, and while it is being tried none begins. A birth takes as long as a redirect's open
 * does, and that may be for ever (a FIFO); so the restart gives up after a while.
 */
final class Births {
  private static final ReentrantLock LOCK = new ReentrantLock();
  private static final Condition CHANGED = LOCK.newCondition();
  private static int underWay;
  private static boolean held;

  private Births() {}

  /** A child is about to be born. Waits while a restart is being tried. */
  private static void begin() {
    LOCK.lock();
    try {
      while (held) {
        CHANGED.awaitUninterruptibly();
      }
      underWay++;
    } finally {
      LOCK.unlock();
    }
  }

  /** Something in which children are born. */
  interface Birth<T extends @Nullable Object> {
    T get() throws IOException;
  }

  /** Does it as one birth. */
  static <T extends @Nullable Object> T during(Birth<T> birth) throws IOException {
    begin();
    try {
      return birth.get();
    } finally {
      end();
    }
  }

  /** It is born, or not to be. */
  private static void end() {
    LOCK.lock();
    try {
      underWay--;
      CHANGED.signalAll();
    } finally {
      LOCK.unlock();
    }
  }

  /** Waits until no birth is under way, and lets none begin until {@link #release}. */
  static void hold(long seconds) throws IOException {
    long left = TimeUnit.SECONDS.toNanos(seconds);
    LOCK.lock();
    try {
      while (held) {
        CHANGED.awaitUninterruptibly();
      }
      held = true;
      try {
        while (underWay > 0 && left > 0) {
          left = CHANGED.awaitNanos(left);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (underWay > 0) {
        held = false;
        CHANGED.signalAll();
        throw new IOException(
            underWay
                + (underWay == 1 ? " child is" : " children are")
                + " being started by other threads, and not through after "
                + seconds
                + " s; a redirect to or from a FIFO that nobody has at the other end may be why");
      }
    } finally {
      LOCK.unlock();
    }
  }

  /** Births may begin again. */
  static void release() {
    LOCK.lock();
    try {
      held = false;
      CHANGED.signalAll();
    } finally {
      LOCK.unlock();
    }
  }
}
