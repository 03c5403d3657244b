// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.adopt;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** systemd's own program passes the sockets: what Inherited understands is what systemd says. */
@Counted
@Needs(Need.SYSTEMD_SOCKET_ACTIVATE)
class SystemdSocketActivateTest {
  @TempDir Path folder;

  private final InetSocketAddress address = freeAddress();

  private static InetSocketAddress freeAddress() {
    try (ServerSocketChannel any = ServerSocketChannel.open()) {
      any.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
      return (InetSocketAddress) any.getLocalAddress();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Giver.Running activate(ChildJvm jvm, String... options) throws IOException {
    List<String> command = new ArrayList<>(List.of("systemd-socket-activate"));
    command.addAll(List.of("-l", "127.0.0.1:" + address.getPort()));
    command.addAll(List.of(options));
    command.addAll(jvm.command());
    return Giver.Running.start(command);
  }

  /** It listens at some moment; a connection made is what it waits for. */
  private SocketChannel connect() throws IOException, InterruptedException {
    for (int attempt = 0; ; attempt++) {
      try {
        return SocketChannel.open(address);
      } catch (ConnectException e) {
        if (attempt == 200) {
          throw e;
        }
        Thread.sleep(20);
      }
    }
  }

  private static String read(SocketChannel client) throws IOException {
    return new String(Channels.newInputStream(client).readAllBytes(), US_ASCII);
  }

  @Test
  void aListenerWithAName() throws Exception {
    serves("http", "--fdname=http");
  }

  @Test
  void aListenerWithoutAName() throws Exception {
    serves("whatever");
  }

  private void serves(String name, String... options) throws Exception {
    ChildJvm jvm = ChildJvm.of(Listen.class).arguments(name);
    try (Giver.Running server = activate(jvm, options)) {
      SocketChannel first = connect();
      assertEquals("" + address.getPort(), server.line());
      Listen.check(server::line, address, first, false);
      server.lines();
    }
  }

  /** One process for each connection, which is its standard input and output. */
  @Test
  void inetdStyle() throws Exception {
    Path report = folder.resolve("report");
    ChildJvm jvm = ChildJvm.of(InetdTest.Answer.class).arguments("" + report);
    try (Giver.Running activator = activate(jvm, "-a", "--inetd");
        SocketChannel client = connect()) {
      assertTrue(activator.pid() > 0);
      client.write(ByteBuffer.wrap("request".getBytes(US_ASCII)));
      client.shutdownOutput();
      assertEquals("request", read(client));
      for (int i = 0; i < 500 && !Files.exists(report); i++) {
        Thread.sleep(20);
      }
      assertEquals(List.of("0 /dev/null", "1 /dev/null"), Files.readAllLines(report).subList(0, 2));
    }
  }
}
