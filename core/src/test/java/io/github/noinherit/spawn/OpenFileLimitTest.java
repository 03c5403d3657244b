// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.LeafReport;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The child's limit of open files. */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class OpenFileLimitTest {
  @TempDir Path folder;

  @Test
  void unlessSetItIsThatOfThisJvm() throws Exception {
    Path report = SpawnedLeaf.fresh(folder);
    new ProcessBuilder(Leaf.command(report)).start().waitFor();
    LeafReport theirs = LeafReport.read(report);
    LeafReport ours = SpawnedLeaf.in(folder).run();
    assertEquals(theirs.softDescriptorLimit(), ours.softDescriptorLimit());
    assertEquals(theirs.hardDescriptorLimit(), ours.hardDescriptorLimit());
    // HotSpot raises it
    assertEquals(ours.hardDescriptorLimit(), ours.softDescriptorLimit());
  }

  @Test
  void itCanBeSet() throws Exception {
    SpawnedLeaf leaf = SpawnedLeaf.in(folder);
    leaf.spawn().openFileLimit(100, 200);
    if (Ways.isPosixSpawn()) {
      UnsupportedOperationException e =
          assertThrows(UnsupportedOperationException.class, leaf::run);
      assertTrue(String.valueOf(e.getMessage()).contains("posix_spawn"), e::toString);
      return;
    }
    LeafReport report = leaf.run();
    assertEquals(OptionalLong.of(100), report.softDescriptorLimit());
    assertEquals(OptionalLong.of(200), report.hardDescriptorLimit());
    // and ours is what it was
    assertEquals(
        SpawnedLeaf.in(folder).run().hardDescriptorLimit().isPresent(),
        report.hardDescriptorLimit().isPresent());
    assertTrue(SpawnedLeaf.in(folder).run().softDescriptorLimit().orElse(1000) > 200);
  }

  @Test
  void aNumberThatIsNotBelowTheChildsOwnLimitIsRefused() throws Exception {
    try (FileChannel a = FileChannel.open(Files.createFile(folder.resolve("a")))) {
      Spawn spawn = Spawn.command("true").openFileLimit(10, 100).passAs(10, a);
      IllegalArgumentException e = assertThrows(IllegalArgumentException.class, spawn::start);
      assertTrue(String.valueOf(e.getMessage()).contains("10"), e::toString);
      if (!Ways.isPosixSpawn()) {
        SpawnedLeaf leaf = SpawnedLeaf.in(folder);
        leaf.spawn().openFileLimit(10, 10).passAs(9, a);
        SpawnedLeaf.assertExactly(java.util.Map.of(9, SpawnedLeaf.here(a)), leaf.run());
      }
    }
  }

  @Test
  void aLimitThatCannotBeIsRefused() {
    Spawn spawn = Spawn.command("true");
    assertThrows(IllegalArgumentException.class, () -> spawn.openFileLimit(-1, 5));
    assertThrows(IllegalArgumentException.class, () -> spawn.openFileLimit(6, 5));
  }
}
