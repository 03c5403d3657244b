// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Counted
class NaiveForkerTest {
  @TempDir Path folder;

  @Test
  void tellsHowTheChildEnded() throws IOException {
    assertEquals(
        3, NaiveForker.run(Leaf.program(), "--report", "" + folder.resolve("r"), "--exit", "3"));
    long pid =
        NaiveForker.fork(Leaf.program(), "--report", "" + folder.resolve("s"), "--hold", "30");
    NaiveForker.kill(pid);
    assertEquals(128 + 9, NaiveForker.await(pid));
    assertThrows(IOException.class, () -> NaiveForker.await(pid));
  }

  @Test
  void aProgramThatIsNotThereIsAnException() {
    IOException e =
        assertThrows(IOException.class, () -> NaiveForker.fork(folder.resolve("nothing")));
    assertTrue(String.valueOf(e.getMessage()).contains("errno 2"), e::toString);
  }

  @Test
  void theHammerSeesALeakAndLeavesNoChild() throws Exception {
    int fd = RawFlags.openInheritable(Files.createFile(folder.resolve("leak")));
    try (NaiveForker.Hammer hammer = NaiveForker.Hammer.start(Leaf.program(), "--quick")) {
      hammer.awaitChildren(20);
      assertTrue(hammer.failures() >= 20, () -> "leaks seen: " + hammer.failures());
      assertEquals(1, hammer.lastFailure());
    } finally {
      RawFlags.close(fd);
    }
    assertEquals(0, ProcessHandle.current().children().count());
  }

  @Test
  void aHammerThatCannotForkSaysSoWhenClosed() {
    NaiveForker.Hammer hammer = NaiveForker.Hammer.start(folder.resolve("nothing"));
    assertThrows(IllegalStateException.class, () -> hammer.awaitChildren(1));
    assertThrows(IllegalStateException.class, hammer::close);
  }
}
