// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.flags;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.HandleClosedException;
import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.RawFlags;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each method has an overload for a descriptor. */
@Tag("every-jdk")
@Tag("aarch64")
@Counted
@Tag("unprotected")
final class FileDescriptorFlagsTest {
  @Test
  void theOverloadsDoWhatThoseForHoldersDo(@TempDir Path folder) throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    FileDescriptor descriptor;
    try (FileInputStream in = new FileInputStream(file.toFile())) {
      descriptor = in.getFD();
      int number = (int) Handle.of(descriptor).number();
      assertTrue(NoInherit.isInheritable(descriptor));
      NoInherit.setNoInherit(descriptor);
      assertTrue(RawFlags.isCloseOnExec(number));
      assertFalse(NoInherit.isInheritable(in));
      NoInherit.setNoInherit(descriptor, false);
      assertFalse(RawFlags.isCloseOnExec(number));
      NoInherit.setNoInherit(descriptor, true);
      assertTrue(RawFlags.isCloseOnExec(number));
    }
    assertThrows(HandleClosedException.class, () -> NoInherit.isInheritable(descriptor));
    assertThrows(HandleClosedException.class, () -> NoInherit.setNoInherit(descriptor));
    assertThrows(HandleClosedException.class, () -> NoInherit.setNoInherit(descriptor, false));
    assertThrows(HandleClosedException.class, () -> Handle.of(descriptor));
  }

  @Test
  void theStandardStreamsHaveTheirNumbers() throws IOException {
    assertEquals(0, Handle.of(FileDescriptor.in).number());
    assertEquals(1, Handle.of(FileDescriptor.out).number());
    assertEquals(2, Handle.of(FileDescriptor.err).number());
  }

  @Test
  void aDescriptorThatWasNeverOpenIsClosed() {
    assertThrows(HandleClosedException.class, () -> Handle.of(new FileDescriptor()));
  }
}
