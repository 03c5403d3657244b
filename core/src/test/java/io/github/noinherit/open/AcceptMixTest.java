// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.open;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Counted;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Several threads accept on one channel, by {@code NoInherit.accept} and by the JDK's own, on
 * platform and on virtual threads.
 *
 * <p>How this works: each client sends its number, and each accepting thread notes the number it
 * read. All numbers must have been noted once. Then the channel is closed, and every thread must
 * end with the exception that says so.
 *
 * <p>What passing does not prove: that no schedule loses a wake-up; only that none showed.
 */
@Tag("every-jdk")
@Counted
final class AcceptMixTest {
  private static final int CLIENTS = 400;

  private final Set<Integer> noted = ConcurrentHashMap.newKeySet();

  @Test
  void eachConnectionIsAcceptedOnce() throws Exception {
    List<FutureTask<Integer>> acceptors = new ArrayList<>();
    try (ServerSocketChannel listener = NoInherit.openServerSocketChannel()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      for (int i = 0; i < 8; i++) {
        boolean ours = i % 2 == 0;
        FutureTask<Integer> task = new FutureTask<>(() -> acceptAll(listener, ours));
        acceptors.add(task);
        Thread _ =
            i < 4 ? Thread.ofVirtual().start(task) : Thread.ofPlatform().daemon().start(task);
      }
      for (int i = 0; i < CLIENTS; i++) {
        try (SocketChannel client = NoInherit.openSocketChannel()) {
          client.connect(listener.getLocalAddress());
          client.write(ByteBuffer.allocate(4).putInt(i).flip());
          assertEquals(1, client.read(ByteBuffer.allocate(1)));
        }
      }
    }
    int accepted = 0;
    for (FutureTask<Integer> task : acceptors) {
      accepted += task.get(20, TimeUnit.SECONDS);
    }
    assertEquals(CLIENTS, accepted);
    assertEquals(CLIENTS, noted.size());
  }

  private int acceptAll(ServerSocketChannel listener, boolean ours) throws IOException {
    int accepted = 0;
    while (true) {
      try (SocketChannel channel = ours ? NoInherit.accept(listener) : listener.accept()) {
        ByteBuffer number = ByteBuffer.allocate(4);
        while (number.hasRemaining() && channel.read(number) >= 0) {
          // four bytes may come in parts
        }
        assertTrue(noted.add(number.getInt(0)), "accepted twice");
        channel.write(ByteBuffer.allocate(1));
        accepted++;
      } catch (AsynchronousCloseException e) {
        return accepted;
      } catch (java.nio.channels.ClosedChannelException e) {
        return accepted; // closed between two calls
      }
    }
  }
}
