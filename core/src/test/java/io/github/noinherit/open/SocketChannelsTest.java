// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.open;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.DescriptorTable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stream sockets of every family do what the JDK's do: bind, listen, connect, talk. */
@Tag("every-jdk")
@Counted
final class SocketChannelsTest {
  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  @Test
  void aServerBindsAndItsAdaptorAcceptsToo() throws IOException {
    try (ServerSocketChannel server = NoInherit.openServerSocketChannel()) {
      assertNull(server.getLocalAddress());
      server.bind(loopback(), 3);
      InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
      assertTrue(address.getPort() > 0);
      assertEquals(address.getPort(), server.socket().getLocalPort());
      try (Socket client = new Socket(address.getAddress(), address.getPort());
          Socket accepted = server.socket().accept()) {
        assertEquals(client.getLocalPort(), accepted.getPort());
      }
    }
  }

  @Test
  void aServerRestartsOnItsPortWhileOldConnectionsLinger() throws IOException {
    InetSocketAddress address;
    try (ServerSocketChannel server = NoInherit.openServerSocketChannel()) {
      server.bind(loopback());
      address = (InetSocketAddress) server.getLocalAddress();
      try (SocketChannel client = NoInherit.openSocketChannel()) {
        client.connect(address);
        NoInherit.accept(server).close(); // the server's side ends first: it is in TIME_WAIT
        assertEquals(-1, client.read(ByteBuffer.allocate(1)));
      }
    }
    try (ServerSocketChannel again = NoInherit.openServerSocketChannel()) {
      again.bind(address);
      assertEquals(address, again.getLocalAddress());
    }
  }

  @Test
  void aClientConnectsBlocking() throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(loopback());
        SocketChannel client = NoInherit.openSocketChannel()) {
      assertTrue(client.connect(server.getLocalAddress()));
      assertTrue(client.isConnected());
      assertEquals(server.getLocalAddress(), client.getRemoteAddress());
      assertNotNull(client.getLocalAddress());
      assertThrows(AlreadyConnectedException.class, () -> client.connect(server.getLocalAddress()));
      try (SocketChannel accepted = server.accept()) {
        accepted.write(ByteBuffer.allocate(2));
        assertEquals(2, client.read(ByteBuffer.allocate(9)));
        client.shutdownOutput();
        assertEquals(-1, accepted.read(ByteBuffer.allocate(1)));
      }
    }
  }

  @Test
  void aClientConnectsWithoutBlocking() throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(loopback());
        SocketChannel client = NoInherit.openSocketChannel();
        Selector selector = NoInherit.openSelector()) {
      client.configureBlocking(false);
      if (!client.connect(server.getLocalAddress())) {
        assertTrue(client.isConnectionPending());
        client.register(selector, SelectionKey.OP_CONNECT);
        assertEquals(1, selector.select(20_000));
        assertTrue(client.finishConnect());
      }
      assertTrue(client.isConnected());
      assertFalse(client.isConnectionPending());
      assertEquals(0, client.read(ByteBuffer.allocate(1)));
    }
  }

  @Test
  void aClientBindsFirst() throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(loopback());
        SocketChannel client = NoInherit.openSocketChannel()) {
      client.bind(loopback());
      int port = ((InetSocketAddress) client.getLocalAddress()).getPort();
      client.connect(server.getLocalAddress());
      assertEquals(port, ((InetSocketAddress) client.getLocalAddress()).getPort());
      client.setOption(StandardSocketOptions.TCP_NODELAY, true);
      assertTrue(client.getOption(StandardSocketOptions.TCP_NODELAY));
    }
  }

  @Test
  void aRefusedConnectionClosesTheChannelAsTheJdkDoes() throws IOException {
    InetSocketAddress nobody;
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(loopback())) {
      nobody = (InetSocketAddress) server.getLocalAddress();
    }
    try (SocketChannel client = NoInherit.openSocketChannel()) {
      assertThrows(ConnectException.class, () -> client.connect(nobody));
      assertFalse(client.isOpen());
    }
  }

  @Test
  void theFamilyIsTheOneAskedFor(@TempDir Path folder) throws IOException {
    UnixDomainSocketAddress name = UnixDomainSocketAddress.of(folder.resolve("socket"));
    try (ServerSocketChannel unix = NoInherit.openServerSocketChannel(StandardProtocolFamily.UNIX);
        SocketChannel client = NoInherit.openSocketChannel(StandardProtocolFamily.UNIX);
        SocketChannel inet = NoInherit.openSocketChannel(StandardProtocolFamily.INET)) {
      assertThrows(UnsupportedAddressTypeException.class, () -> unix.bind(loopback()));
      unix.bind(name);
      assertEquals(name, unix.getLocalAddress());
      assertTrue(Files.exists(name.getPath()));
      assertTrue(client.connect(name));
      assertEquals(name, client.getRemoteAddress());
      assertThrows(UnsupportedAddressTypeException.class, () -> inet.connect(name));
      assertThrows(
          UnsupportedAddressTypeException.class,
          () -> inet.bind(new InetSocketAddress(InetAddress.ofLiteral("::1"), 0)));
    }
  }

  @Test
  void anUnknownFamilyIsRefusedAndNothingStaysOpen() {
    record Odd(String name) implements ProtocolFamily {}
    ProtocolFamily odd = new Odd("odd");
    DescriptorTable before = DescriptorTable.ofThisProcess();
    assertThrows(UnsupportedOperationException.class, () -> NoInherit.openServerSocketChannel(odd));
    assertThrows(UnsupportedOperationException.class, () -> NoInherit.openSocketChannel(odd));
    assertThrows(UnsupportedOperationException.class, () -> NoInherit.openDatagramChannel(odd));
    DescriptorTable.ofThisProcess().assertNothingSince(before);
  }
}
