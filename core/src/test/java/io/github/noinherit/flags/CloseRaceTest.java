// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.flags;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.HandleClosedException;
import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Races;
import io.github.noinherit.testkit.RawFlags;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A close by another thread at the same moment never makes somebody else's handle inheritable for
 * good.
 *
 * <p>How this works: one thread opens a file, shows it around, and closes it. Two others make
 * whatever is shown inheritable; they are often too late. Two more open files that are born
 * non-inheritable, which get the numbers just freed, and keep them. After each short round all is
 * still, and each file kept is asked by raw fcntl: none may be inheritable, as nobody made it so.
 *
 * <p>What passing does not prove: that there is no such race, only that none showed.
 * CloseWhileSettingTest makes the one known interleaving happen each time. Nor that a kept file was
 * never inheritable: for the time of two system calls it may have been.
 */
@Tag("every-jdk")
@Counted
final class CloseRaceTest {
  private static final int ROUNDS = Boolean.getBoolean("noinherit.stress") ? 600 : 25;

  private final AtomicReference<FileChannel> shown = new AtomicReference<>();
  private final Queue<FileChannel> kept = new ConcurrentLinkedQueue<>();

  @Test
  void nobodyElsesHandleStaysInheritable(@TempDir Path folder) throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    for (int round = 0; round < ROUNDS; round++) {
      try {
        Races.create()
            .duration(Duration.ofMillis(100))
            .threads(1, "closer", turn -> openAndClose(file))
            .threads(2, "setter", turn -> makeInheritable())
            .threads(2, "other", turn -> keepOne(file))
            .run();
        for (FileChannel channel : kept) {
          int number = (int) Handle.of(channel).number();
          assertTrue(RawFlags.isCloseOnExec(number), "a file that nobody made inheritable is");
        }
      } finally {
        for (FileChannel channel : kept) {
          channel.close();
        }
        kept.clear();
      }
    }
  }

  private void openAndClose(Path file) throws IOException {
    try (FileChannel channel = NoInherit.open(file)) {
      shown.set(channel);
      Thread.onSpinWait();
    }
  }

  private void makeInheritable() throws IOException {
    FileChannel channel = shown.get();
    if (channel != null) {
      try {
        Handle.of(channel).setInheritable(true);
      } catch (HandleClosedException e) {
        assertTrue(!channel.isOpen(), "said to be closed, and open");
      }
    }
  }

  private void keepOne(Path file) throws IOException {
    if (kept.size() < 200) {
      kept.add(NoInherit.open(file));
    } else {
      FileChannel oldest = kept.poll();
      if (oldest != null) {
        oldest.close();
      }
    }
  }
}
