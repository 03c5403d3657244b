// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.jdk.Uninterruptibly;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/*
 * Reads several streams at once, so that no child ever waits for us to read another of its streams:
 * each on a virtual thread of its own, which is parked while there is nothing to read, and gone when
 * its stream has ended. What waits for them waits for all, or for the first that fails.
 */
final class Readers {
  /** Reads a stream to its end. */
  interface Body {
    void read(InputStream stream) throws IOException, InterruptedException;
  }

  private final List<Thread> threads = new ArrayList<>();
  private final CountDownLatch running;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  /**
   * Starts them.
   *
   * @param bodies one for each stream
   */
  Readers(List<InputStream> streams, List<? extends Body> bodies) {
    running = new CountDownLatch(streams.size());
    for (int i = 0; i < streams.size(); i++) {
      InputStream stream = streams.get(i);
      Body body = bodies.get(i);
      threads.add(
          Thread.ofVirtual()
              .name("noinherit-reader")
              .inheritInheritableThreadLocals(false)
              .start(() -> read(stream, body)));
    }
  }

  private void read(InputStream stream, Body body) {
    try {
      body.read(stream);
      running.countDown();
    } catch (Throwable e) { // told to whoever waits; the other streams are of no use any more
      failure.compareAndSet(null, e);
      while (running.getCount() > 0) {
        running.countDown();
      }
    }
  }

  /** Waits until all streams have ended, or one has failed. Is it so? */
  boolean await(long nanos) throws InterruptedException {
    return running.await(nanos, TimeUnit.NANOSECONDS);
  }

  /** What failed first; null if nothing did. */
  @Nullable Throwable failure() {
    return failure.get();
  }

  /** Waits until no thread is left; to be called when the streams have ended or are closed. */
  void join() {
    for (Thread thread : threads) {
      thread.interrupt(); // one may be waiting for room to put what it has read
      Uninterruptibly.join(thread);
    }
  }
}
