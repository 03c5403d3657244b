// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.run;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Something done on a thread of its own, virtual or not. */
final class On {
  private final Thread thread;
  private final CompletableFuture<@Nullable Throwable> done = new CompletableFuture<>();

  /** May fail. */
  interface Body {
    void run() throws Exception;
  }

  private On(boolean virtual, Body body) {
    Runnable task =
        () -> {
          try {
            body.run();
            done.complete(null);
          } catch (Throwable t) {
            done.complete(t);
          }
        };
    thread = (virtual ? Thread.ofVirtual() : Thread.ofPlatform()).start(task);
  }

  static On start(boolean virtual, Body body) {
    return new On(virtual, body);
  }

  /** Does it to the end; what it throws is thrown. */
  static void run(boolean virtual, Body body) throws Exception {
    switch (start(virtual, body).thrown()) {
      case null -> {
        // went well
      }
      case Exception e -> throw e;
      case Error e -> throw e;
      case Throwable t -> throw new AssertionError(t);
    }
  }

  void interrupt() {
    thread.interrupt();
  }

  boolean isDone() {
    return done.isDone();
  }

  /** What it threw, or null; waits for its end. */
  @Nullable Throwable thrown() throws InterruptedException {
    try {
      Throwable thrown = done.get(60, TimeUnit.SECONDS);
      thread.join();
      return thrown;
    } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
      thread.interrupt();
      throw new AssertionError("it did not end", e);
    }
  }
}
