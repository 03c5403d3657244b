// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples.workers;

import io.github.noinherit.Inherited;
import io.github.noinherit.NoInherit;
import io.github.noinherit.examples.Answer;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/*
 * One worker. The main thread accepts, a virtual thread answers each client. It is a platform thread
 * that accepts: on a virtual one the listener would become non-blocking, for all who have it. If
 * accept fails for want of descriptors or memory, the worker ends and is replaced.
 *
 * The end: on SIGTERM the listener is closed, here and not for the others, and accept throws. The
 * executor's close waits for the answers that are under way, and the shutdown hook for that.
 */

/** Accepts from the listener that it was given and answers each client with its pid. */
public final class Worker {
  private Worker() {}

  /**
   * Runs until SIGTERM.
   *
   * @param arguments none
   */
  public static void main(String[] arguments) throws IOException {
    Thread main = Thread.currentThread();
    try (ServerSocketChannel listener = Inherited.serverSocket("http").orElseThrow();
        ExecutorService answers = Executors.newVirtualThreadPerTaskExecutor()) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> end(listener, main)));
      while (true) {
        SocketChannel client = Objects.requireNonNull(NoInherit.accept(listener));
        answers.execute(() -> Answer.to(client, "worker"));
      }
    } catch (ClosedChannelException e) {
      return; // told to end
    }
  }

  private static void end(ServerSocketChannel listener, Thread main) {
    try {
      listener.close();
      main.join();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException("not everything is answered", e);
    }
  }
}
