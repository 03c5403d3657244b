// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples.activated;

import io.github.noinherit.Inherited;
import io.github.noinherit.NoInherit;
import io.github.noinherit.ServiceManager;
import io.github.noinherit.examples.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/*
 * A server that takes the listener it is given, by systemd or anybody who speaks its protocol, and
 * opens one itself if it is given none. The units are systemd/activated.socket and .service.
 *
 * systemd listens, so clients can come before this program has started and while it is restarted:
 * they wait in the listener's backlog. The listener stays in blocking mode, as it came: it is a
 * platform thread that accepts.
 *
 * The end: on SIGTERM accept throws, as the listener is closed here. The answers under way are
 * waited for; who comes from now on is for the next start.
 */

/** Answers each client with its pid, on the socket that it was given. */
public final class Activated {
  private static final int PORT = 8080;

  private Activated() {}

  /**
   * Runs until SIGTERM.
   *
   * @param arguments none
   */
  public static void main(String[] arguments) throws IOException {
    Thread main = Thread.currentThread();
    try (ServerSocketChannel listener = listener();
        ExecutorService answers = Executors.newVirtualThreadPerTaskExecutor()) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> end(listener, main)));
      ServiceManager.status("listens on " + listener.getLocalAddress());
      ServiceManager.ready(); // both do nothing where no service manager listens
      while (true) {
        SocketChannel client = Objects.requireNonNull(NoInherit.accept(listener));
        answers.execute(() -> Answer.to(client, "activated"));
      }
    } catch (ClosedChannelException e) {
      return; // told to end
    }
  }

  private static ServerSocketChannel listener() throws IOException {
    ServerSocketChannel given = Inherited.serverSocket("http").orElse(null);
    return given != null
        ? given
        : NoInherit.openServerSocketChannel()
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT));
  }

  private static void end(ServerSocketChannel listener, Thread main) {
    try {
      ServiceManager.stopping();
      listener.close();
      main.join();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException("not everything is answered", e);
    }
  }
}
