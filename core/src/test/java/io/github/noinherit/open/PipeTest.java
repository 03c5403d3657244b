// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.open;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.RawFlags;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pipe that is born non-inheritable is a pipe of the JDK's in every respect. */
@Tag("every-jdk")
@Tag("aarch64")
@Counted
final class PipeTest {
  @Test
  void bothEndsAreCloseOnExecAndOfTheJdksClasses() throws IOException {
    Pipe jdk = Pipe.open();
    Pipe ours = NoInherit.openPipe();
    try (var s = jdk.source();
        var k = jdk.sink();
        var source = ours.source();
        var sink = ours.sink()) {
      assertTrue(RawFlags.isCloseOnExec((int) Handle.of(source).number()));
      assertTrue(RawFlags.isCloseOnExec((int) Handle.of(sink).number()));
      assertSame(s.getClass(), source.getClass());
      assertSame(k.getClass(), sink.getClass());
      assertEquals(s.isBlocking(), source.isBlocking());
      assertEquals(k.validOps(), sink.validOps());
    }
  }

  @Test
  void whatGoesInComesOutAndTheEndIsSeen() throws IOException {
    Pipe pipe = NoInherit.openPipe();
    try (var source = pipe.source()) {
      try (var sink = pipe.sink()) {
        assertEquals(3, sink.write(ByteBuffer.allocate(3)));
      }
      ByteBuffer buffer = ByteBuffer.allocate(9);
      assertEquals(3, source.read(buffer));
      assertEquals(-1, source.read(buffer));
    }
  }

  @Test
  void canBeSelected() throws IOException {
    Pipe pipe = NoInherit.openPipe();
    try (var source = pipe.source();
        var sink = pipe.sink();
        Selector selector = NoInherit.openSelector()) {
      source.configureBlocking(false);
      source.register(selector, SelectionKey.OP_READ);
      assertEquals(0, selector.selectNow());
      sink.write(ByteBuffer.allocate(1));
      assertEquals(1, selector.select(20_000));
    }
  }

  @SuppressWarnings("try") // closes by hand, too
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBlockedReaderIsWokenByClose(boolean virtual) throws Exception {
    Pipe pipe = NoInherit.openPipe();
    try (var sink = pipe.sink();
        var source = pipe.source()) {
      FutureTask<Integer> read = new FutureTask<>(() -> source.read(ByteBuffer.allocate(1)));
      Thread thread = virtual ? Thread.ofVirtual().start(read) : Thread.ofPlatform().start(read);
      assertTrue(!thread.join(Duration.ofMillis(100)), "did not block");
      source.close();
      var e =
          assertThrows(
              java.util.concurrent.ExecutionException.class, () -> read.get(20, TimeUnit.SECONDS));
      assertSame(AsynchronousCloseException.class, e.getCause().getClass());
      assertTrue(sink.isOpen());
    }
  }
}
