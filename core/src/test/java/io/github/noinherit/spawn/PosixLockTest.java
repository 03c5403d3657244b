// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A POSIX lock is dropped when its process closes any descriptor of the file (fcntl(2), "Advisory
 * record locking"). Handing the file on must close none; another process looks.
 */
@Tag("every-way")
@Needs(Need.PYTHON3)
@Counted(warmUp = WarmUp.class)
class PosixLockTest {
  private static final String TRY =
      """
      import fcntl, sys
      with open(sys.argv[1], 'r+') as f:
          try:
              fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
              print('free')
          except OSError:
              print('locked')
      """;

  @TempDir Path folder;
  private Path file;
  private FileChannel locked;

  @BeforeEach
  void lock() throws IOException {
    file = Files.createFile(folder.resolve("file"));
    locked = FileChannel.open(file, READ, WRITE);
    locked.lock();
  }

  @AfterEach
  void close() throws IOException {
    locked.close();
  }

  private String state() throws Exception {
    Process python =
        new ProcessBuilder("python3", "-c", TRY, file.toString())
            .redirectError(Redirect.INHERIT)
            .start();
    try (var out = python.inputReader()) {
      String line = out.readLine();
      assertEquals(0, python.waitFor());
      return line;
    }
  }

  @Test
  void theWitnessSeesTheLockAndItsEnd() throws Exception {
    assertEquals("locked", state());
    FileChannel.open(file, READ).close();
    assertEquals("free", state());
  }

  @Test
  void theLockIsHeldAfterTheFileWasPassed() throws Exception {
    Spawn spawn = Spawn.command("true").passAs(5, locked).pass("name", locked).stdout(locked);
    assertEquals(0, spawn.start().waitFor());
    assertEquals("locked", state());
  }

  @Test
  void theLockIsHeldAfterManyStarts() throws Exception {
    for (int i = 0; i < 20; i++) {
      assertEquals(0, Spawn.command("true").passAs(3 + i, locked).start().waitFor());
    }
    assertEquals("locked", state());
  }

  @Test
  void theLockIsHeldAfterAFailedStart() throws Exception {
    Path noProgram = Files.writeString(folder.resolve("bad"), "#!/no/such/interpreter\n");
    Files.setPosixFilePermissions(
        noProgram, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
    assertThrows(
        IOException.class, () -> Spawn.command(noProgram.toString()).passAs(5, locked).start());
    assertThrows(
        IOException.class, () -> Spawn.command("/no/such/program").passAs(5, locked).start());
    assertThrows(
        IOException.class,
        () ->
            Spawn.command("true")
                .passAs(5, locked)
                .stdout(Redirect.to(folder.resolve("no/such/file").toFile()))
                .start());
    assertEquals("locked", state());
  }

  @Test
  void theLockIsHeldAfterAStartThatFoundAnotherHandleClosed() throws Exception {
    FileChannel other = FileChannel.open(file, READ);
    Spawn spawn = Spawn.command("true").passAs(5, locked);
    Path third = Files.createFile(folder.resolve("third"));
    FileChannel closed = FileChannel.open(third, READ);
    spawn.passAs(6, closed);
    closed.close();
    assertThrows(IOException.class, spawn::start);
    assertEquals("locked", state());
    other.close();
  }

  @Test
  void theLockIsHeldWhileTheChildHasTheFileAndAfter() throws Exception {
    Process child = Spawn.command("cat").passAs(5, locked).start();
    assertEquals("locked", state());
    child.getOutputStream().close();
    assertEquals(0, child.waitFor());
    assertEquals("locked", state());
  }
}
