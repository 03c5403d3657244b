// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples.forking;

import io.github.noinherit.NoInherit;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/*
 * What socketserver.ForkingMixIn does in Python: each connection is handed to a child of its own and
 * closed here.
 *
 * The child has the connection as descriptor 3, /dev/null as standard input, our standard output and
 * error, and nothing else: not the listener, and no other client's connection. So
 *   - a client sees the end of its connection when its child ends or closes it, whatever other
 *     children do;
 *   - when this process ends, the port is free, though children may still be talking to clients.
 *     Those end with their connections, and need nobody for that.
 * The child is reaped when it ends. MOST of them run at a time; further clients wait in the backlog.
 *
 * It is given as by systemd with Accept=yes (LISTEN_FDS=1), so the child can be any program. Without
 * a command it is a JVM (Handler), which takes much longer to start than others do.
 *
 * The accepting thread is a platform thread. On a virtual one the listener would become
 * non-blocking, which matters to nobody here, as no child gets it.
 */

/** A child of its own for each connection to a port of the loopback interface. */
public final class ForkingServer {
  /** As max_children of ForkingMixIn. */
  private static final int MOST = 40;

  private static final int BACKLOG = 1024;
  private static final Duration PAUSE = Duration.ofMillis(100);

  private ForkingServer() {}

  /**
   * Runs until it is killed.
   *
   * @param arguments PORT [COMMAND…]; without a command the children are JVMs
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    int port = Integer.parseInt(arguments[0]);
    List<String> command = List.of(arguments).subList(1, arguments.length);
    if (command.isEmpty()) {
      command = javaHandler();
    }
    Semaphore room = new Semaphore(MOST);
    try (ServerSocketChannel listener = NoInherit.openServerSocketChannel()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
      while (true) {
        room.acquire();
        CompletableFuture<?> served = CompletableFuture.completedFuture(null);
        try (SocketChannel client = Objects.requireNonNull(NoInherit.accept(listener))) {
          served = handOver(client, command).onExit();
        } catch (IOException e) {
          // no descriptor left, no memory, or no such program: this client is lost, the next is not
          System.err.println(e.getMessage());
          Thread.sleep(PAUSE);
        }
        var _ = served.thenRun(room::release);
      }
    }
  }

  private static SpawnedProcess handOver(SocketChannel client, List<String> command)
      throws IOException {
    return Spawn.command(command)
        .activate("connection", client)
        .stdin(Redirect.from(new File("/dev/null")))
        .stdout(Redirect.INHERIT)
        .stderr(Redirect.INHERIT)
        .start();
  }

  private static List<String> javaHandler() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        Handler.class.getName());
  }
}
