// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The listener of another process is taken.
 *
 * <p>How this works: a Python program listens and does not accept until it is told to. A client
 * connects, which waits in the backlog; the listener is taken, and the client is accepted here.
 * Then Python accepts the next one: it has its own still.
 */
@Counted
@Needs(Need.PYTHON3)
class ListeningPortTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final String SERVER =
      """
      import socket, sys
      s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(5)
      print(s.getsockname()[1], flush=True)
      sys.stdin.readline()
      c, _ = s.accept(); c.sendall(b'python'); c.close()
      sys.stdin.readline()
      """;

  /** A process with a listener; ended by {@link #close}. */
  private record Server(Process process, int port) implements AutoCloseable {
    static Server start() throws IOException {
      Process process = new ProcessBuilder("python3", "-c", SERVER).start();
      BufferedReader out = process.inputReader(US_ASCII);
      return new Server(process, Integer.parseInt(out.readLine()));
    }

    void tell() throws IOException {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
    }

    @Override
    public void close() throws IOException {
      process.destroyForcibly().onExit().join();
      process.getInputStream().close();
      process.getErrorStream().close();
    }
  }

  @Test
  void aClientThatWaitsIsAcceptedHereAndTheHolderKeepsItsOwn() throws Exception {
    try (Server server = Server.start();
        Socket waiting = new Socket(LOOPBACK, server.port())) {
      ListeningPort found = ListeningPort.find(server.port(), null);
      assertEquals(new InetSocketAddress(LOOPBACK, server.port()), found.address());
      assertEquals(List.of(server.process().pid()), pids(found));
      try (ServerSocketChannel taken = found.take()) {
        assertFalse(NoInherit.isInheritable(taken));
        assertEquals(found.address(), taken.getLocalAddress());
        try (SocketChannel accepted = taken.accept()) {
          assertEquals(waiting.getLocalSocketAddress(), accepted.getRemoteAddress());
        }
        assertEquals(2, ListeningPort.find(server.port(), null).holders().size());
      }
      try (Socket next = new Socket(LOOPBACK, server.port())) {
        server.tell();
        assertEquals("python", new String(next.getInputStream().readAllBytes(), US_ASCII));
      }
    }
  }

  private static List<Long> pids(ListeningPort port) {
    return port.holders().stream().map(ListeningPort.Holder::pid).toList();
  }

  @Test
  void whoHasEndedMeanwhileIsNotTakenFrom() throws Exception {
    ListeningPort found;
    try (Server server = Server.start()) {
      found = ListeningPort.find(server.port(), null);
    }
    IOException e = assertThrows(IOException.class, found::take);
    assertTrue(String.valueOf(e.getMessage()).contains("pidfd_open("), e::toString);
  }

  /** Its number names something else by then. */
  @Test
  void whatIsNotThatListenerIsNotTaken() throws Exception {
    try (Server server = Server.start();
        Server other = Server.start()) {
      ListeningPort found = ListeningPort.find(server.port(), null);
      ListeningPort wrong =
          new ListeningPort(
              found.address(),
              found.inode(),
              List.of(
                  new ListeningPort.Holder(
                      other.process().pid(), found.holders().getFirst().number()),
                  new ListeningPort.Holder(server.process().pid(), 0)),
              0);
      IOException e = assertThrows(IOException.class, wrong::take);
      assertTrue(
          String.valueOf(e.getMessage()).contains("is not that listener any more"), e::toString);
    }
  }

  @Test
  void nobodyAndSeveral() throws Exception {
    InetAddress one = InetAddress.ofLiteral("127.0.0.1");
    InetAddress two = InetAddress.ofLiteral("127.0.0.2");
    int port;
    try (ServerSocketChannel first =
            NoInherit.openServerSocketChannel().bind(new InetSocketAddress(one, 0));
        ServerSocketChannel second = NoInherit.openServerSocketChannel()) {
      port = ((InetSocketAddress) first.getLocalAddress()).getPort();
      second.bind(new InetSocketAddress(two, port));
      assertTrue(refusal(port).contains("name one by its address"), () -> refusal(port));
      assertEquals(port, ListeningPort.find(port, two).address().getPort());
    }
    assertTrue(refusal(port).startsWith("nobody listens on " + port), () -> refusal(port));
  }

  private static String refusal(int port) {
    IOException e = assertThrows(IOException.class, () -> ListeningPort.find(port, null));
    return String.valueOf(e.getMessage());
  }
}
