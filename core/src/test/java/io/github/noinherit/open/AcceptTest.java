// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.open;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.RawFlags;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code NoInherit.accept} behaves as {@code ServerSocketChannel.accept}, on any thread. */
@Tag("every-jdk")
@Tag("aarch64")
@Counted
@SuppressWarnings("try") // channels are closed by hand, too
final class AcceptTest {
  private static ServerSocketChannel listener() throws IOException {
    return NoInherit.openServerSocketChannel()
        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  private static Thread start(boolean virtual, Runnable task) {
    return virtual ? Thread.ofVirtual().start(task) : Thread.ofPlatform().start(task);
  }

  /** A thread that is blocked in accept. */
  private record Blocked(Thread thread, FutureTask<SocketChannel> result) {
    static Blocked on(ServerSocketChannel listener, boolean virtual) throws InterruptedException {
      FutureTask<SocketChannel> accept = new FutureTask<>(() -> NoInherit.accept(listener));
      Thread thread = start(virtual, accept);
      assertFalse(thread.join(Duration.ofMillis(100)), "did not block");
      return new Blocked(thread, accept);
    }

    SocketChannel get() throws Exception {
      return result.get(20, TimeUnit.SECONDS);
    }

    Throwable failure() {
      return assertThrows(ExecutionException.class, this::get).getCause();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void blocksUntilSomebodyConnects(boolean virtual) throws Exception {
    try (ServerSocketChannel listener = listener();
        SocketChannel client = NoInherit.openSocketChannel()) {
      for (int i = 0; i < 2; i++) {
        Blocked blocked = Blocked.on(listener, virtual);
        try (SocketChannel c = SocketChannel.open(listener.getLocalAddress());
            SocketChannel accepted = blocked.get()) {
          assertTrue(RawFlags.isCloseOnExec((int) Handle.of(accepted).number()));
          assertTrue(accepted.isConnected());
          assertTrue(accepted.isBlocking());
          assertEquals(c.getLocalAddress(), accepted.getRemoteAddress());
          assertEquals(listener.getLocalAddress(), accepted.getLocalAddress());
          c.write(ByteBuffer.allocate(2));
          assertEquals(2, accepted.read(ByteBuffer.allocate(9)));
        }
      }
      assertFalse(client.isConnected());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void returnsNullIfNonBlockingAndNobodyWaits(boolean virtual) throws Exception {
    try (ServerSocketChannel listener = listener()) {
      listener.configureBlocking(false);
      FutureTask<SocketChannel> accept = new FutureTask<>(() -> NoInherit.accept(listener));
      start(virtual, accept);
      assertNull(accept.get(20, TimeUnit.SECONDS));
      try (SocketChannel client = SocketChannel.open(listener.getLocalAddress());
          SocketChannel accepted = NoInherit.accept(listener)) {
        assertEquals(client.getLocalAddress(), accepted.getRemoteAddress());
        assertTrue(accepted.isBlocking(), "not inherited from the listener");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anInterruptClosesTheListener(boolean virtual) throws Exception {
    try (ServerSocketChannel listener = listener()) {
      Blocked blocked = Blocked.on(listener, virtual);
      blocked.thread().interrupt();
      assertSame(ClosedByInterruptException.class, blocked.failure().getClass());
      assertFalse(listener.isOpen());
    }
  }

  @Test
  void anInterruptBeforeCloses() throws IOException {
    try (ServerSocketChannel listener = listener()) {
      Thread.currentThread().interrupt();
      assertThrows(ClosedByInterruptException.class, () -> NoInherit.accept(listener));
      assertTrue(Thread.interrupted());
      assertFalse(listener.isOpen());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCloseMeanwhileIsSeen(boolean virtual) throws Exception {
    try (ServerSocketChannel listener = listener()) {
      Blocked blocked = Blocked.on(listener, virtual);
      listener.close();
      assertSame(AsynchronousCloseException.class, blocked.failure().getClass());
    }
  }

  @Test
  void aClosedListenerIsRefused() throws IOException {
    ServerSocketChannel listener = listener();
    listener.close();
    assertThrows(ClosedChannelException.class, () -> NoInherit.accept(listener));
  }

  @Test
  void anUnboundListenerIsRefused() throws IOException {
    try (ServerSocketChannel listener = NoInherit.openServerSocketChannel()) {
      assertThrows(NotYetBoundException.class, () -> NoInherit.accept(listener));
      assertTrue(listener.isOpen());
    }
  }

  @Test
  void thePeersAddressIsToldForUnixDomainToo(@TempDir Path folder) throws IOException {
    UnixDomainSocketAddress name = UnixDomainSocketAddress.of(folder.resolve("listener"));
    UnixDomainSocketAddress clientName = UnixDomainSocketAddress.of(folder.resolve("client é"));
    try (ServerSocketChannel listener =
        NoInherit.openServerSocketChannel(StandardProtocolFamily.UNIX).bind(name)) {
      for (boolean named : new boolean[] {false, true}) {
        try (SocketChannel one = NoInherit.openSocketChannel(StandardProtocolFamily.UNIX);
            SocketChannel two = NoInherit.openSocketChannel(StandardProtocolFamily.UNIX)) {
          if (named) {
            one.bind(clientName);
          }
          one.connect(name);
          try (SocketChannel ours = NoInherit.accept(listener)) {
            two.connect(name);
            try (SocketChannel jdks = listener.accept()) {
              assertEquals(named ? clientName : jdks.getRemoteAddress(), ours.getRemoteAddress());
              assertEquals(jdks.getLocalAddress(), ours.getLocalAddress());
              assertEquals(jdks.supportedOptions(), ours.supportedOptions());
            }
          }
        }
      }
    }
  }

  @Test
  void aListenerThatTheJdkOpenedIsGoodToo() throws IOException {
    try (ServerSocketChannel listener =
            ServerSocketChannel.open()
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        SocketChannel client = SocketChannel.open(listener.getLocalAddress());
        SocketChannel accepted = NoInherit.accept(listener)) {
      assertNotNull(client.getLocalAddress());
      assertFalse(Handle.of(accepted).isInheritable());
    }
  }
}
