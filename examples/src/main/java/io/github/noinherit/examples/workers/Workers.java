// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples.workers;

import io.github.noinherit.NoInherit;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/*
 * Pre-forked workers. This process listens and never accepts; its workers all accept from the
 * listener that it gave them, and the kernel hands each client to one of them.
 *
 * A worker that ends is replaced. Clients that come meanwhile are taken by another worker or wait in
 * the listener's backlog: nobody is refused as long as this process has the listener. What a worker
 * had accepted when it was killed is lost with it.
 *
 * The listener is given by systemd's protocol (LISTEN_FDS, descriptor 3), so a worker can be any
 * program that knows that, in any language: workers/worker.py is one, Worker another.
 *
 * The listener is one open file description in all of them, and so is its blocking mode. Workers
 * that share it must agree:
 *   - Java does with either: a channel of Inherited waits, whatever the mode is;
 *   - one that waits by poll or select, as worker.py, needs the listener to be non-blocking: each
 *     client wakes several, and all but one would hang in accept;
 *   - one that expects accept to wait gets EAGAIN if another has made the listener so.
 * This process uses the listener for nothing and leaves its mode alone.
 *
 * The end: on SIGTERM the workers get it too and finish what they have accepted; who takes longer
 * than TIME_TO_END is killed. If this process is killed, they are (killWithParent).
 */

/** A parent and its workers, which serve HTTP on one port of the loopback interface. */
public final class Workers {
  private static final int BACKLOG = 1024;
  private static final Duration TIME_TO_END = Duration.ofSeconds(10);

  /** After a worker that did not live as long as this, the next start waits for as long. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final List<String> command;
  private final ServerSocketChannel listener;
  private final Map<SpawnedProcess, Long> startedAt = new HashMap<>();
  private final BlockingQueue<SpawnedProcess> ended = new LinkedBlockingQueue<>();

  private Workers(List<String> command, ServerSocketChannel listener) {
    this.command = command;
    this.listener = listener;
  }

  /**
   * Runs until SIGTERM or Ctrl-C.
   *
   * @param arguments PORT COUNT [COMMAND…]; without a command the workers are JVMs
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    int port = Integer.parseInt(arguments[0]);
    int count = Integer.parseInt(arguments[1]);
    List<String> command = List.of(arguments).subList(2, arguments.length);
    Thread main = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> endAndWait(main)));
    try (ServerSocketChannel listener = NoInherit.openServerSocketChannel()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
      new Workers(command.isEmpty() ? javaWorker() : command, listener).keep(count);
    }
  }

  /** The JVM does not end before the workers have. */
  private static void endAndWait(Thread main) {
    main.interrupt();
    try {
      main.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts a shutdown hook", e);
    }
  }

  private static List<String> javaWorker() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        Worker.class.getName());
  }

  private void keep(int count) throws IOException, InterruptedException {
    try {
      for (int i = 0; i < count; i++) {
        start();
      }
      while (true) {
        replace(ended.take());
      }
    } catch (InterruptedException e) {
      System.err.println("the workers are told to end");
    } finally {
      stop();
    }
  }

  private void start() throws IOException {
    SpawnedProcess worker =
        Spawn.command(command).activate("http", listener).inheritIO().killWithParent().start();
    startedAt.put(worker, System.nanoTime());
    var _ = worker.onExit().thenRun(() -> ended.add(worker));
  }

  private void replace(SpawnedProcess worker) throws InterruptedException {
    System.err.println("worker " + worker.pid() + " has ended, another takes its place");
    long lived = System.nanoTime() - Objects.requireNonNull(startedAt.remove(worker));
    if (lived < PAUSE.toNanos()) {
      Thread.sleep(PAUSE);
    }
    while (true) {
      try {
        start();
        return;
      } catch (IOException e) { // no memory, or the program is just being replaced by a new one
        System.err.println(e.getMessage());
        Thread.sleep(PAUSE);
      }
    }
  }

  private void stop() throws InterruptedException {
    startedAt.keySet().forEach(SpawnedProcess::destroy);
    long deadline = System.nanoTime() + TIME_TO_END.toNanos();
    for (SpawnedProcess worker : startedAt.keySet()) {
      if (!worker.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        System.err.println("worker " + worker.pid() + " does not end, it is killed");
        worker.destroyTree().waitFor();
      }
    }
  }
}
