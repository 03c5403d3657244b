// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CensusTest {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @TempDir Path folder;

  static List<Species> species() {
    return Zoo.all();
  }

  /** From cold: what the JDK keeps after the first of each must be known to the census. */
  @ParameterizedTest
  @MethodSource("species")
  void aSpeciesThatHasComeAndGoneLeavesNothing(Species species) throws Exception {
    assumeTrue(species.missingModule().isEmpty(), () -> "no module " + species.module());
    Census before = Census.take();
    species.create().close();
    assertEquals(List.of(), Census.leftBehindSince(before, PATIENCE));
  }

  @Test
  void virtualThreadsThatWaitedForSocketsLeaveNothing() throws Exception {
    Census before = Census.take();
    for (int i = 0; i < 5; i++) {
      try (ServerSocketChannel listener = ServerSocketChannel.open().bind(Pen.anyPort());
          SocketChannel client = SocketChannel.open(listener.getLocalAddress());
          SocketChannel server = listener.accept()) {
        Thread reader = Thread.ofVirtual().start(() -> read(server));
        Thread.sleep(5);
        client.write(ByteBuffer.wrap(new byte[1]));
        reader.join();
      }
    }
    assertEquals(List.of(), Census.leftBehindSince(before, PATIENCE));
  }

  private static void read(SocketChannel channel) {
    try {
      channel.read(ByteBuffer.allocate(1));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aDescriptorLeftBehindIsNamed() throws Exception {
    Path file = Files.createFile(folder.resolve("left"));
    Census before = Census.take();
    int fd = RawFlags.openInheritable(file);
    try {
      List<String> left = Census.take().since(before);
      assertEquals(1, left.size(), left.toString());
      assertTrue(left.getFirst().startsWith("descriptor " + fd + " -> "), left.toString());
    } finally {
      RawFlags.close(fd);
    }
  }

  @Test
  void aThreadLeftBehindIsNamedAndOneReaperIsNot() throws Exception {
    Census before = Census.take();
    CountDownLatch end = new CountDownLatch(1);
    Thread thread = Thread.ofPlatform().name("stray").start(() -> await(end));
    Thread reaper = Thread.ofPlatform().name(Census.REAPER).start(() -> await(end));
    try {
      assertEquals(
          List.of("thread " + thread.threadId() + " \"stray\""), Census.take().since(before));
      Thread second = Thread.ofPlatform().name(Census.REAPER).start(() -> await(end));
      try {
        assertEquals(3, Census.take().since(before).size());
      } finally {
        end.countDown();
        second.join();
      }
    } finally {
      end.countDown();
      thread.join();
      reaper.join();
    }
    assertEquals(List.of(), Census.leftBehindSince(before, PATIENCE));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aChildLeftBehindIsNamedAlsoAsAZombie() throws Exception {
    String report = folder.resolve("report").toString();
    Census before = Census.take();
    long running = NaiveForker.fork(Leaf.program(), "--report", report, "--hold", "30");
    long zombie = NaiveForker.fork(Leaf.program(), "--quick");
    try {
      for (int i = 0; i < 500 && !isZombie(zombie); i++) {
        Thread.sleep(10);
      }
      List<String> left = Census.take().since(before);
      assertEquals(2, left.size(), left.toString());
      assertTrue(left.stream().anyMatch(l -> l.startsWith("child process " + running + " \"leaf")));
      assertTrue(left.stream().anyMatch(l -> l.endsWith("(a zombie)")), left.toString());
    } finally {
      NaiveForker.kill(running);
      NaiveForker.await(running);
      NaiveForker.await(zombie);
    }
    assertEquals(List.of(), Census.leftBehindSince(before, PATIENCE));
  }

  private static boolean isZombie(long pid) {
    return Census.take().children().getOrDefault(pid, "gone").contains("zombie");
  }

  @Test
  void aCommandMayContainAnything() {
    assertEquals(
        new Census.Child("a) b (c", 'Z', 7), Census.parse("4711 (a) b (c) Z 7 1 1 0 -1 4"));
    assertThrows(IllegalArgumentException.class, () -> Census.parse("4711 x"));
  }
}
