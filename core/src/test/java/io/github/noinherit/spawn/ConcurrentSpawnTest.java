// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static java.nio.file.StandardOpenOption.READ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.HandleClosedException;
import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.LeafReport;
import io.github.noinherit.testkit.NaiveForker;
import io.github.noinherit.testkit.Races;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eight threads start children, each with one to five random handles under random numbers, while
 * two threads open and close files and sockets, some of them the very handles that are being
 * passed, and a naive native forker starts children of its own.
 *
 * <p>How this works: a child is a shell-free {@code find -L /proc/self/fd -printf}: it prints
 * number, device and inode of everything it has. What it prints must be the plan, and its three
 * standard streams, and nothing else (but the folder that find itself reads); or the start failed
 * because a handle was closed. Descriptors, threads and children are counted before and after.
 *
 * <p>What passing does not prove: that every interleaving was seen.
 */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class ConcurrentSpawnTest {
  private static final long THREADS = 8;
  private static final int STARTS = Boolean.getBoolean("noinherit.stress") ? 2000 : 200;
  private static final int FILES = 6;
  private static final int STABLE = 3;

  @TempDir Path folder;
  private final Path[] paths = new Path[FILES];
  private final String[] identities = new String[FILES];
  private final AtomicReferenceArray<FileChannel> files = new AtomicReferenceArray<>(FILES);
  private final AtomicLong exact = new AtomicLong();
  private final AtomicLong closed = new AtomicLong();

  @Test
  void everyChildHasExactlyItsPlanOrThereIsNoChild() throws Exception {
    for (int i = 0; i < FILES; i++) {
      paths[i] = Files.createFile(folder.resolve("file" + i));
      identities[i] = SpawnedLeaf.identity(paths[i]);
      files.set(i, FileChannel.open(paths[i], READ));
    }
    try (NaiveForker.Hammer hammer = NaiveForker.Hammer.start(Path.of("/bin/true"))) {
      Races.create()
          .threads((int) THREADS, STARTS, "starter", this::start)
          .threads(2, "opener", this::openAndClose)
          .duration(Duration.ofMinutes(STARTS > 200 ? 20 : 4))
          .run();
      assertTrue(hammer.children() > 0);
    } finally {
      for (int i = 0; i < FILES; i++) {
        files.get(i).close();
      }
    }
    assertEquals(THREADS * STARTS, exact.get() + closed.get());
    assertTrue(exact.get() > THREADS * STARTS / 10, () -> exact + " exact, " + closed + " closed");
    long reapers =
        Thread.getAllStackTraces().keySet().stream()
            .filter(t -> t.getName().equals("noinherit-reaper"))
            .count();
    assertEquals(1, reapers);
  }

  /** Files below STABLE stay open; the others may be closed at any moment. */
  private void openAndClose(Races.Turn turn) throws IOException {
    int i = turn.random().nextInt(STABLE, FILES);
    FileChannel old = files.getAndSet(i, FileChannel.open(paths[i], READ));
    old.close();
    ServerSocketChannel listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    try (FileChannel other = FileChannel.open(paths[0], READ)) {
      assertTrue(other.isOpen());
    }
    listener.close();
  }

  private void start(Races.Turn turn) throws Exception {
    SplittableRandom random = turn.random();
    Map<Integer, String> plan = new TreeMap<>();
    Spawn spawn = SpawnedLeaf.talking().stderr(Redirect.DISCARD);
    LeafReport report;
    try {
      int count = random.nextInt(1, 6);
      for (int n = 0; n < count; n++) {
        // mostly low numbers, where they meet what is on its way
        int number = random.nextInt(3, random.nextBoolean() ? 20 : 300);
        int file = random.nextInt(random.nextInt(4) == 0 ? FILES : STABLE);
        if (plan.putIfAbsent(number, identities[file]) == null) {
          spawn.passAs(number, files.get(file));
        }
      }
      report = SpawnedLeaf.listen(spawn.start());
    } catch (HandleClosedException e) {
      closed.incrementAndGet();
      return;
    }
    assertEquals(plan, SpawnedLeaf.identities(report), "what the child had");
    assertEquals(3 + plan.size(), report.table().descriptors().size());
    exact.incrementAndGet();
  }
}
