// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples.jetty;

import io.github.noinherit.Inherited;
import io.github.noinherit.NoInherit;
import io.github.noinherit.SelfExec;
import io.github.noinherit.ServiceManager;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/*
 * A Jetty server that restarts in place, and no client is refused, reset or left without an answer.
 *
 *   1. The listener was given to us by our former self (or by systemd), or we open it. Jetty serves it.
 *   2. Somebody touches a file. A file needs no port of its own, and its permissions say who may restart.
 *      It may be the program's jar: then a new version is taken up when it is renamed over the old one.
 *   3. Jetty stops accepting. The listener stays open: clients that come now wait in its backlog.
 *   4. What was accepted gets its answer, with "Connection: close" on it, and is closed.
 *   5. We become our own program anew, with the listener, and go on at 1.
 *
 * Jetty's own graceful shutdown is not used, for three reasons. It closes the listener (where there
 * are acceptor threads) or goes on accepting (where there are none). GracefulHandler answers 503 to a
 * client whose connection was accepted just before and whose request was still on its way. And a
 * connection is counted from the moment that it has an EndPoint, a little after it was accepted.
 *
 * This is for HTTP/1.1. Longer-lived things (WebSocket, HTTP/2) want a goodbye of their own.
 */
/** {@code RestartableJetty PORT FILE}: restarts when FILE is touched. */
public final class RestartableJetty {
  private static final System.Logger LOG = System.getLogger(RestartableJetty.class.getName());

  /** So many clients may wait until the new program accepts them; net.core.somaxconn at most. */
  private static final int BACKLOG = 1024;

  /** So long a kept connection may ask once more, before it is closed. */
  private static final Duration LAST_CALL = Duration.ofSeconds(1);

  /** So long a connection that has not asked yet may take for it: its request is on its way. */
  private static final Duration FIRST_REQUEST = Duration.ofSeconds(5);

  /** What takes longer than this is cut off. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private static volatile boolean draining;

  private RestartableJetty() {}

  /** The program. */
  public static void main(String[] arguments) throws Exception {
    Path trigger = Path.of(arguments[1]);
    long touched = trigger.toFile().lastModified();

    ServerSocketChannel listener = Inherited.serverSocket("http").orElse(null);
    if (listener == null) {
      listener = NoInherit.openServerSocketChannel();
      listener.bind(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])),
          BACKLOG);
    }

    Server server = new Server();
    // No acceptor threads, so the selector accepts: a thread that is blocked in accept() takes one
    // more client after setAccepting(false), and to interrupt it closes the listener.
    ServerConnector connector = new ServerConnector(server, 0, -1);
    Connections connections = new Connections();
    connector.addBean(connections);
    connector.open(listener);
    server.addConnector(connector);
    server.setHandler(new Hello());
    server.start();
    ServiceManager.ready();
    System.out.println("listening on " + listener.getLocalAddress());

    while (true) {
      touched = awaitTouch(trigger, touched);
      drain(connector, listener, connections);
      try {
        SelfExec.sameCommand().pass("http", listener).restart();
      } catch (IOException | RuntimeException e) { // it does not happen, and we go on
        LOG.log(Level.ERROR, "the restart does not happen, the old program goes on", e);
        draining = false;
        connector.setAccepting(true);
      }
    }
  }

  /** Waits until the file has another time than before; while it is missing, it has none. */
  private static long awaitTouch(Path file, long before) throws InterruptedException {
    while (true) {
      long now = file.toFile().lastModified();
      if (now != 0 && now != before) {
        return now;
      }
      Thread.sleep(50);
    }
  }

  /** Returns when everything that was accepted is answered and closed, and nothing more will be. */
  private static void drain(
      ServerConnector connector, ServerSocketChannel listener, Connections connections)
      throws InterruptedException {
    Instant end = Instant.now().plus(LIMIT);
    draining = true;
    connector.setAccepting(false); // only asks the selector for it
    while (listener.isRegistered()) {
      Thread.sleep(1);
    }
    while (!connections.open.isEmpty() && Instant.now().isBefore(end)) {
      for (EndPoint endPoint : connector.getConnectedEndPoints()) {
        endPoint.setIdleTimeout(patience(connector, endPoint));
      }
      Thread.sleep(5);
    }
  }

  /** For how many milliseconds a client may be silent, while we drain. */
  private static long patience(ServerConnector connector, EndPoint endPoint) {
    Connection connection = endPoint.getConnection();
    if (connection == null || !endPoint.isFillInterested()) {
      return connector.getIdleTimeout(); // not its turn
    }
    long asked = connection.getMessagesIn();
    if (asked == 0 && !endPoint.isOutputShutdown()) {
      return FIRST_REQUEST.toMillis();
    }
    return asked == connection.getMessagesOut() ? LAST_CALL.toMillis() : connector.getIdleTimeout();
  }

  /** From accept(2) to close: a connection gets its EndPoint a little later than it is accepted. */
  private static final class Connections implements SelectorManager.AcceptListener {
    private final Set<SelectableChannel> open = ConcurrentHashMap.newKeySet();

    @Override
    public void onAccepting(SelectableChannel channel) {
      open.add(channel);
    }

    @Override
    public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
      open.remove(channel);
    }

    @Override
    public void onClosed(SelectableChannel channel) {
      open.remove(channel);
    }
  }

  /** Whatever your server does; and, while it drains, the last answer on a connection says so. */
  private static final class Hello extends Handler.Abstract {
    private final String answer =
        "pid %d, up since %s%n".formatted(ProcessHandle.current().pid(), Instant.now());

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      if (draining) {
        response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
      }
      Content.Sink.write(response, true, answer, callback);
      return true;
    }
  }
}
