// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.close;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.RawFlags;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * POSIX locks survive whatever is asked of a locked file: closing any descriptor of a file, a copy
 * too, drops all locks that this process has on it (fcntl(2)), so no copy may be made and closed.
 * Another process says whether the file is locked.
 */
@Counted
final class LocksSurviveTest {
  @TempDir Path folder;

  /** The other process: tries to lock. */
  public static void main(String[] arguments) throws Exception {
    try (FileChannel file = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE);
        FileLock lock = file.tryLock()) {
      System.out.print(lock == null ? "locked" : "free");
    }
  }

  private static String seenByAnother(Path file) throws Exception {
    return ChildJvm.of(LocksSurviveTest.class).arguments(file.toString()).run().outOrThrow();
  }

  @Test
  void aLockedFileThatIsRefusedIsStillLocked() throws Exception {
    Path path = folder.resolve("file");
    try (FileChannel file =
        NoInherit.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      FileLock lock = file.lock();
      assertThrows(IllegalArgumentException.class, () -> NoInherit.shutdownAndClose(file));
      NoInherit.setNoInherit(file, false);
      NoInherit.setNoInherit(file);
      assertTrue(lock.isValid());
      assertEquals("locked", seenByAnother(path));
      RawFlags.close(RawFlags.dup((int) Handle.of(file).number(), 3, true));
      assertEquals("free", seenByAnother(path), "closing a copy drops the lock: so none is made");
    }
  }
}
