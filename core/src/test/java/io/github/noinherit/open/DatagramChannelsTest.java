// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.open;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Counted;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Datagram sockets do what the JDK's do: bind, connect, send, receive, join groups. */
@Tag("every-jdk")
@Counted
final class DatagramChannelsTest {
  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  @Test
  void sendsAndReceivesUnboundBoundAndConnected() throws IOException {
    try (DatagramChannel server = NoInherit.openDatagramChannel();
        DatagramChannel client = NoInherit.openDatagramChannel()) {
      assertNull(server.getLocalAddress());
      server.bind(loopback());
      assertEquals(2, client.send(ByteBuffer.allocate(2), server.getLocalAddress()));
      assertNotNull(client.getLocalAddress(), "bound by sending");
      ByteBuffer buffer = ByteBuffer.allocate(9);
      InetSocketAddress from = (InetSocketAddress) server.receive(buffer);
      assertEquals(2, buffer.position());
      assertEquals(((InetSocketAddress) client.getLocalAddress()).getPort(), from.getPort());
      client.connect(server.getLocalAddress());
      assertTrue(client.isConnected());
      assertEquals(server.getLocalAddress(), client.getRemoteAddress());
      client.write(ByteBuffer.allocate(3));
      assertEquals(from.getPort(), ((InetSocketAddress) server.receive(buffer)).getPort());
      server.send(ByteBuffer.allocate(1), client.getLocalAddress());
      assertEquals(1, client.read(ByteBuffer.allocate(9)));
      client.disconnect();
      assertNull(client.getRemoteAddress());
    }
  }

  @Test
  void itsAdaptorReceives() throws IOException {
    try (DatagramChannel server = NoInherit.openDatagramChannel();
        DatagramChannel client = NoInherit.openDatagramChannel()) {
      server.socket().bind(loopback());
      client.send(ByteBuffer.allocate(4), server.getLocalAddress());
      DatagramPacket packet = new DatagramPacket(new byte[9], 9);
      server.socket().setSoTimeout(20_000);
      server.socket().receive(packet);
      assertEquals(4, packet.getLength());
    }
  }

  @Test
  void canBeSelected() throws IOException {
    try (DatagramChannel server = NoInherit.openDatagramChannel();
        Selector selector = NoInherit.openSelector()) {
      server.bind(loopback());
      server.configureBlocking(false);
      assertNull(server.receive(ByteBuffer.allocate(1)));
      server.register(selector, SelectionKey.OP_READ);
      assertEquals(0, selector.selectNow());
      server.send(ByteBuffer.allocate(1), server.getLocalAddress());
      assertEquals(1, selector.select(20_000));
    }
  }

  @Test
  void joinsAGroupOnLoopbackAndHearsItAndNoOther() throws IOException {
    NetworkInterface lo = NetworkInterface.getByInetAddress(InetAddress.ofLiteral("127.0.0.1"));
    InetAddress group = InetAddress.ofLiteral("239.255.71.3");
    try (DatagramChannel member = NoInherit.openDatagramChannel(StandardProtocolFamily.INET);
        DatagramChannel stranger = NoInherit.openDatagramChannel(StandardProtocolFamily.INET);
        DatagramChannel sender = NoInherit.openDatagramChannel(StandardProtocolFamily.INET)) {
      for (DatagramChannel c : new DatagramChannel[] {member, stranger}) {
        c.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      }
      member.bind(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0));
      int port = ((InetSocketAddress) member.getLocalAddress()).getPort();
      stranger.bind(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), port));
      stranger.configureBlocking(false);
      MembershipKey key = member.join(group, lo);
      assertTrue(key.isValid());
      sender.setOption(StandardSocketOptions.IP_MULTICAST_IF, lo);
      sender.send(ByteBuffer.allocate(5), new InetSocketAddress(group, port));
      member.socket().setSoTimeout(20_000);
      DatagramPacket packet = new DatagramPacket(new byte[9], 9);
      member.socket().receive(packet);
      assertEquals(5, packet.getLength());
      assertNull(stranger.receive(ByteBuffer.allocate(9)), "it did not join the group");
      key.drop();
    }
  }
}
