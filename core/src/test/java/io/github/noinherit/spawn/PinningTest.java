// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static java.nio.file.StandardOpenOption.READ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.HandleClosedException;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.Races;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Another thread closes the very handle that is being passed.
 *
 * <p>How this works: two threads close and reopen the files of a few slots without pause, others of
 * theirs in between, so that a number is free for a moment only and then somebody else's. Two more
 * threads pass what they find in a slot. The child says which file it got: it must be the slot's
 * file, or there is no child, because the start failed with {@link HandleClosedException}.
 *
 * <p>What passing does not prove: that the moment between reading a number and handing it on was
 * hit. That it can be was seen by leaving out the look after pinning: then this test fails.
 */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class PinningTest {
  private static final int SLOTS = 3;
  private static final boolean STRESS = Boolean.getBoolean("noinherit.stress");

  @TempDir Path folder;
  private final AtomicLong handedOn = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();

  @Test
  void noChildGetsTheFileThatTookTheNumber() throws Exception {
    AtomicReferenceArray<FileChannel> slots = new AtomicReferenceArray<>(SLOTS);
    Path[] files = new Path[SLOTS];
    String[] identities = new String[SLOTS];
    for (int i = 0; i < SLOTS; i++) {
      files[i] = Files.createFile(folder.resolve("slot" + i));
      identities[i] = SpawnedLeaf.identity(files[i]);
      slots.set(i, FileChannel.open(files[i], READ));
    }
    Path other = Files.createFile(folder.resolve("other"));
    try {
      Races.create()
          .threads(2, "closer", turn -> reopen(slots, files, other, turn))
          .threads(2, "starter", turn -> start(slots, identities, turn))
          .duration(Duration.ofSeconds(STRESS ? 120 : 5))
          .run();
    } finally {
      for (int i = 0; i < SLOTS; i++) {
        slots.get(i).close();
      }
    }
    assertTrue(handedOn.get() > 20, () -> handedOn + " handed on, " + refused + " refused");
    assertTrue(refused.get() > 0, () -> handedOn + " handed on, " + refused + " refused");
  }

  private static void reopen(
      AtomicReferenceArray<FileChannel> slots, Path[] files, Path other, Races.Turn turn)
      throws IOException {
    int i = turn.random().nextInt(SLOTS);
    FileChannel fresh = FileChannel.open(files[i], READ);
    FileChannel old = slots.getAndSet(i, fresh);
    old.close();
    // takes the number that has just become free
    try (FileChannel thief = FileChannel.open(other, READ)) {
      assertTrue(thief.isOpen());
      if (turn.random().nextInt(8) == 0) {
        Thread.onSpinWait();
      }
    }
  }

  private void start(AtomicReferenceArray<FileChannel> slots, String[] identities, Races.Turn turn)
      throws Exception {
    int i = turn.random().nextInt(SLOTS);
    int number = turn.random().nextInt(3, 20);
    SpawnedProcess child;
    try {
      child = SpawnedLeaf.talking().passAs(number, slots.get(i)).start();
    } catch (HandleClosedException e) {
      refused.incrementAndGet();
      return;
    }
    assertEquals(
        Map.of(number, identities[i]),
        SpawnedLeaf.identities(SpawnedLeaf.listen(child)),
        "the file that the child got");
    handedOn.incrementAndGet();
  }

  @Test
  void aPipesEndIsPinnedToo() throws Exception {
    AtomicReferenceArray<Pipe> slot = new AtomicReferenceArray<>(1);
    slot.set(0, Pipe.open());
    Path other = Files.createFile(folder.resolve("other"));
    try {
      Races.create()
          .threads(1, "closer", turn -> replace(slot, other))
          .threads(2, "starter", turn -> startWithPipe(slot, turn))
          .duration(Duration.ofSeconds(STRESS ? 60 : 3))
          .run();
    } finally {
      close(slot.get(0));
    }
    assertTrue(refused.get() + handedOn.get() > 20);
  }

  private static void close(Pipe pipe) throws IOException {
    pipe.source().close();
    pipe.sink().close();
  }

  private static void replace(AtomicReferenceArray<Pipe> slot, Path other) throws IOException {
    close(slot.getAndSet(0, Pipe.open()));
    FileChannel.open(other, READ).close();
  }

  private void startWithPipe(AtomicReferenceArray<Pipe> slot, Races.Turn turn) throws Exception {
    int number = turn.random().nextInt(3, 20);
    SpawnedProcess child;
    try {
      child = SpawnedLeaf.talking().passAs(number, slot.get(0).source()).start();
    } catch (HandleClosedException e) {
      refused.incrementAndGet();
      return;
    }
    Map<Integer, Descriptor> got = SpawnedLeaf.listen(child).extraDescriptors();
    assertEquals(List.of(number), List.copyOf(got.keySet()));
    assertTrue(got.get(number).link().startsWith("pipe:"), got::toString);
    handedOn.incrementAndGet();
  }
}
