// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.open;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.DescriptorTable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A selector that is born non-inheritable is one of the JDK's in every respect. */
@Tag("every-jdk")
@Counted
final class SelectorTest {
  private static Thread start(boolean virtual, Runnable task) {
    return virtual ? Thread.ofVirtual().start(task) : Thread.ofPlatform().start(task);
  }

  @Test
  @Tag("aarch64")
  void hasTwoDescriptorsThatAreCloseOnExec() throws IOException {
    try (Selector jdk = Selector.open()) {
      DescriptorTable before = DescriptorTable.ofThisProcess();
      try (Selector selector = NoInherit.openSelector()) {
        var fresh = DescriptorTable.ofThisProcess().since(before);
        assertEquals(2, fresh.size(), fresh.toString());
        fresh.forEach(d -> assertTrue(d.closeOnExec(), d.toString()));
        assertSame(jdk.getClass(), selector.getClass());
        assertSame(jdk.provider(), selector.provider());
        assertTrue(selector.isOpen());
        assertTrue(selector.keys().isEmpty());
      }
      DescriptorTable.ofThisProcess().assertNothingSince(before);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Tag("aarch64")
  void isWokenUp(boolean virtual) throws Exception {
    try (Selector selector = NoInherit.openSelector()) {
      for (int i = 0; i < 3; i++) {
        FutureTask<Integer> select = new FutureTask<>(() -> selector.select());
        Thread thread = start(virtual, select);
        assertFalse(thread.join(Duration.ofMillis(50)), "did not block");
        selector.wakeup();
        assertEquals(0, select.get(20, TimeUnit.SECONDS));
      }
      selector.wakeup();
      assertEquals(0, selector.select(), "a wakeup before counts for the next select");
      assertEquals(0, selector.select(10), "and for that one only");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void isInterrupted(boolean virtual) throws Exception {
    try (Selector selector = NoInherit.openSelector()) {
      FutureTask<Boolean> select =
          new FutureTask<>(
              () -> {
                selector.select();
                return Thread.interrupted();
              });
      Thread thread = start(virtual, select);
      assertFalse(thread.join(Duration.ofMillis(50)), "did not block");
      thread.interrupt();
      assertTrue(select.get(20, TimeUnit.SECONDS));
      assertTrue(selector.isOpen());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void isClosedWhileSelecting(boolean virtual) throws Exception {
    Selector selector = NoInherit.openSelector();
    FutureTask<Integer> select = new FutureTask<>(() -> selector.select());
    Thread thread = start(virtual, select);
    assertFalse(thread.join(Duration.ofMillis(50)), "did not block");
    selector.close();
    assertTrue(thread.join(Duration.ofSeconds(20)));
    assertFalse(selector.isOpen());
    assertThrows(ClosedSelectorException.class, selector::selectNow);
    selector.wakeup(); // no harm in that
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Tag("aarch64")
  void tellsWhatIsReadyThroughRegisterChangeAndCancel(boolean virtual) throws Exception {
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              selectAcceptReadWrite();
              return null;
            });
    start(virtual, task);
    task.get(60, TimeUnit.SECONDS);
  }

  private static void selectAcceptReadWrite() throws IOException {
    try (Selector selector = NoInherit.openSelector();
        ServerSocketChannel listener = NoInherit.openServerSocketChannel();
        SocketChannel client = NoInherit.openSocketChannel()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      listener.configureBlocking(false);
      SelectionKey accept = listener.register(selector, SelectionKey.OP_ACCEPT, "listener");
      assertEquals(0, selector.selectNow());
      client.connect(listener.getLocalAddress());
      assertEquals(1, selector.select(20_000));
      assertTrue(selector.selectedKeys().remove(accept));
      assertTrue(accept.isAcceptable());
      try (SocketChannel server = NoInherit.accept(listener)) {
        server.configureBlocking(false);
        SelectionKey key = server.register(selector, SelectionKey.OP_WRITE);
        assertEquals(1, selector.select(20_000));
        assertTrue(selector.selectedKeys().remove(key));
        assertTrue(key.isWritable());
        key.interestOps(SelectionKey.OP_READ);
        assertEquals(0, selector.selectNow());
        client.write(ByteBuffer.allocate(1));
        assertEquals(1, selector.select(20_000));
        assertTrue(key.isReadable());
        key.cancel();
        assertEquals(0, selector.selectNow());
        assertEquals(1, selector.keys().size());
      }
    }
  }

  @Test
  void hundredsOfChannelsCanBeReadyAtOnce() throws IOException {
    Pipe[] pipes = new Pipe[600]; // more than one array of events holds
    try (Selector selector = NoInherit.openSelector()) {
      for (int i = 0; i < pipes.length; i++) {
        pipes[i] = NoInherit.openPipe();
        pipes[i].source().configureBlocking(false);
        pipes[i].source().register(selector, SelectionKey.OP_READ);
        pipes[i].sink().write(ByteBuffer.allocate(1));
      }
      int ready = 0;
      for (int i = 0; i < 20 && ready < pipes.length; i++) {
        ready += selector.select(20_000);
      }
      assertEquals(pipes.length, ready);
    } finally {
      for (Pipe pipe : pipes) {
        if (pipe != null) {
          pipe.source().close();
          pipe.sink().close();
        }
      }
    }
  }

  /** Tries to open a selector in a JVM whose provider is another. */
  public static void main(String[] arguments) throws IOException {
    System.out.println(
        assertThrows(UnsupportedOperationException.class, NoInherit::openSelector).getMessage());
  }

  @Test
  void anotherProviderIsRefusedByName() throws Exception {
    String out =
        ChildJvm.of(SelectorTest.class)
            .flags("-Djava.nio.channels.spi.SelectorProvider=sun.nio.ch.PollSelectorProvider")
            .run()
            .outOrThrow();
    assertTrue(out.contains("sun.nio.ch.PollSelectorProvider"), out);
  }
}
