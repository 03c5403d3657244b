// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.close;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.HandleClosedException;
import io.github.noinherit.NaiveChild;
import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.DescriptorTable;
import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies that leaked to a child are dead after shutdownAndClose, and alive after close. */
@Counted
@Tag("unprotected")
final class ShutdownAndCloseTest {
  @TempDir Path folder;

  private static ServerSocketChannel listener() throws IOException {
    return ServerSocketChannel.open()
        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  private static void assertLeaked(NaiveChild.Holding child, Closeable holder) throws IOException {
    int number = (int) Handle.of(holder).number();
    var ours = DescriptorTable.ofThisProcess().get(number).orElseThrow();
    assertTrue(child.table().get(number).orElseThrow().sameFile(ours), "not leaked");
  }

  @Test
  void closeAloneLeavesALeakedListenerListening() throws Exception {
    ServerSocketChannel listener = listener();
    SocketAddress address = listener.getLocalAddress();
    try (NaiveChild.Holding child = NaiveChild.holding(folder)) {
      assertLeaked(child, listener);
      listener.close();
      SocketChannel.open(address).close(); // nobody will ever accept it
    }
    assertThrows(ConnectException.class, () -> SocketChannel.open(address).close());
  }

  @Test
  void aLeakedListenerIsDead() throws Exception {
    ServerSocketChannel listener = listener();
    SocketAddress address = listener.getLocalAddress();
    try (NaiveChild.Holding child = NaiveChild.holding(folder)) {
      assertLeaked(child, listener);
      NoInherit.shutdownAndClose(listener);
      assertFalse(listener.isOpen());
      assertThrows(ConnectException.class, () -> SocketChannel.open(address).close());
      try (ServerSocketChannel again = ServerSocketChannel.open()) {
        again.bind(address);
      }
    }
  }

  @Test
  void aLeakedListenerOfTheOldApiIsDead() throws Exception {
    ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    int port = listener.getLocalPort();
    try (NaiveChild.Holding child = NaiveChild.holding(folder)) {
      assertLeaked(child, listener);
      NoInherit.shutdownAndClose(listener);
      assertTrue(listener.isClosed());
      assertThrows(
          ConnectException.class, () -> new Socket(InetAddress.getLoopbackAddress(), port).close());
    }
  }

  @Test
  void thePeerOfALeakedConnectionSeesItsEnd() throws Exception {
    try (ServerSocketChannel listener = listener();
        SocketChannel client = SocketChannel.open(listener.getLocalAddress())) {
      SocketChannel accepted = listener.accept();
      try (NaiveChild.Holding child = NaiveChild.holding(folder)) {
        assertLeaked(child, accepted);
        accepted.write(ByteBuffer.allocate(2));
        NoInherit.shutdownAndClose(accepted);
        ByteBuffer buffer = ByteBuffer.allocate(9);
        assertEquals(2, client.read(buffer), "what was written arrives first");
        assertEquals(-1, client.read(buffer));
      }
    }
  }

  @Test
  void aThreadThatAcceptsSeesAClose() throws Exception {
    ServerSocketChannel listener = listener();
    FutureTask<SocketChannel> accept = new FutureTask<>(listener::accept);
    Thread thread = Thread.ofPlatform().daemon().start(accept);
    assertFalse(thread.join(java.time.Duration.ofMillis(100)), "did not block");
    NoInherit.shutdownAndClose(listener);
    var e = assertThrows(ExecutionException.class, () -> accept.get(20, TimeUnit.SECONDS));
    assertTrue(
        e.getCause() instanceof java.nio.channels.AsynchronousCloseException, "" + e.getCause());
  }

  @Test
  void aSocketThatIsNotConnectedIsJustClosed() throws IOException {
    SocketChannel unconnected = SocketChannel.open();
    NoInherit.shutdownAndClose(unconnected);
    assertFalse(unconnected.isOpen());
    ServerSocketChannel unbound = ServerSocketChannel.open();
    NoInherit.shutdownAndClose(unbound);
    assertFalse(unbound.isOpen());
    DatagramChannel datagram = DatagramChannel.open();
    NoInherit.shutdownAndClose(datagram);
    assertFalse(datagram.isOpen());
    DatagramSocket old = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    NoInherit.shutdownAndClose(old);
    assertTrue(old.isClosed());
  }

  @Test
  void aConnectionThatThePeerHasResetIsJustClosed() throws IOException {
    try (ServerSocketChannel listener = listener()) {
      SocketChannel client = SocketChannel.open(listener.getLocalAddress());
      SocketChannel accepted = listener.accept();
      accepted.setOption(java.net.StandardSocketOptions.SO_LINGER, 0);
      accepted.close(); // sends a reset
      NoInherit.shutdownAndClose(client);
      assertFalse(client.isOpen());
    }
  }

  @Test
  void aClosedSocketIsRefused() throws IOException {
    ServerSocketChannel listener = listener();
    listener.close();
    assertThrows(HandleClosedException.class, () -> NoInherit.shutdownAndClose(listener));
  }

  @Test
  void whatIsNoSocketIsRefusedAndStaysOpen() throws IOException {
    Pipe pipe = Pipe.open();
    try (FileChannel file = FileChannel.open(Files.createFile(folder.resolve("file")));
        var source = pipe.source();
        var sink = pipe.sink()) {
      for (Closeable holder : new Closeable[] {file, source, sink}) {
        IllegalArgumentException e =
            assertThrows(IllegalArgumentException.class, () -> NoInherit.shutdownAndClose(holder));
        assertTrue(e.getMessage().contains("not a socket"), e.getMessage());
      }
      assertTrue(file.isOpen() && source.isOpen() && sink.isOpen());
      sink.write(ByteBuffer.allocate(1));
      assertEquals(1, source.read(ByteBuffer.allocate(1)));
    }
  }
}
