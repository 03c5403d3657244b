// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.open;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.SPARSE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Counted;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attributes of a file that is created, and options beyond the common ones. */
@Tag("every-jdk")
@Counted
final class OpenAttributesTest {
  private static final Set<OpenOption> NEW = Set.of(CREATE_NEW, WRITE);

  @TempDir Path folder;

  private record Attribute(String name, Object value) implements FileAttribute<Object> {}

  @Test
  void aFileIsCreatedWithThePermissionsThatTheJdkWouldGive() throws IOException {
    for (String permissions :
        List.of("rw-------", "r--------", "rwxr-xr-x", "rwxrwxrwx", "---------", "-w--w--w-")) {
      FileAttribute<?> attribute =
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
      Path expected = folder.resolve("jdk " + permissions);
      Path actual = folder.resolve("ours " + permissions);
      FileChannel.open(expected, NEW, attribute).close();
      NoInherit.open(actual, NEW, attribute).close();
      assertEquals(Files.getPosixFilePermissions(expected), Files.getPosixFilePermissions(actual));
    }
  }

  @Test
  void withoutAttributesTheUmaskDecides() throws IOException {
    Path expected = folder.resolve("jdk");
    Path actual = folder.resolve("ours");
    FileChannel.open(expected, CREATE, WRITE).close();
    NoInherit.open(actual, CREATE, WRITE).close();
    assertEquals(Files.getPosixFilePermissions(expected), Files.getPosixFilePermissions(actual));
  }

  @Test
  void anAttributeThatCannotBeSetAtCreationIsRefusedBeforeAnythingIsMade() {
    FileAttribute<?> attribute = new Attribute("basic:lastModifiedTime", "now");
    Path path = folder.resolve("file");
    assertThrows(UnsupportedOperationException.class, () -> FileChannel.open(path, NEW, attribute));
    assertThrows(UnsupportedOperationException.class, () -> NoInherit.open(path, NEW, attribute));
    assertTrue(Files.notExists(path));
  }

  @Test
  void anUnknownOptionIsRefusedAsTheJdkRefusesIt() {
    enum Odd implements OpenOption {
      ODD
    }
    Path path = folder.resolve("file");
    assertThrows(
        UnsupportedOperationException.class, () -> FileChannel.open(path, Odd.ODD, CREATE, WRITE));
    assertThrows(
        UnsupportedOperationException.class, () -> NoInherit.open(path, Odd.ODD, CREATE, WRITE));
    assertTrue(Files.notExists(path));
  }

  @Test
  void sparseIsAcceptedAndSaysNothing() throws IOException {
    NoInherit.open(folder.resolve("file"), CREATE_NEW, WRITE, SPARSE).close();
    assertEquals(0, Files.size(folder.resolve("file")));
  }
}
