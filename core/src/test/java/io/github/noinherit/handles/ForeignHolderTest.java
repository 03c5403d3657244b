// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.handles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.Specimen;
import io.github.noinherit.testkit.Zoo;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What has no handle that can be reached is refused, with a list of what has. */
@Tag("every-jdk")
@Counted
final class ForeignHolderTest {
  private static void assertRefused(Object holder) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Handle.ofAny(holder));
    assertTrue(e.getMessage().contains("Supported: "), e.getMessage());
    for (String kind :
        new String[] {
          "FileInputStream", "ServerSocketChannel", "Selector", "Unix-domain", "HandleProvider"
        }) {
      assertTrue(e.getMessage().contains(kind), e.getMessage());
    }
  }

  @Test
  void aCloseableWithoutAHandleIsRefusedWithAListOfWhatIsSupported() {
    assertRefused(new StringReader("text"));
    assertRefused(new ByteArrayInputStream(new byte[1]));
    assertRefused(new BufferedInputStream(new ByteArrayInputStream(new byte[1])));
    assertRefused((Closeable) () -> {});
  }

  @Test
  void anObjectThatIsNoHolderAtAllIsRefused() {
    assertRefused("text");
    assertRefused(4711);
    assertRefused(new int[] {3});
  }

  @Test
  void nullIsRefused() {
    assertThrows(NullPointerException.class, () -> Handle.of((Closeable) null));
    assertThrows(NullPointerException.class, () -> Handle.of((FileDescriptor) null));
    assertThrows(NullPointerException.class, () -> Handle.ofAny(null));
    assertThrows(NullPointerException.class, () -> NoInherit.setNoInherit((Closeable) null));
    assertThrows(NullPointerException.class, () -> NoInherit.setNoInherit((Closeable) null, true));
    assertThrows(NullPointerException.class, () -> NoInherit.setNoInherit((FileDescriptor) null));
    assertThrows(
        NullPointerException.class, () -> NoInherit.setNoInherit((FileDescriptor) null, false));
    assertThrows(NullPointerException.class, () -> NoInherit.isInheritable((Closeable) null));
    assertThrows(NullPointerException.class, () -> NoInherit.isInheritable((FileDescriptor) null));
    assertThrows(NullPointerException.class, () -> NoInherit.shutdownAndClose(null));
    assertThrows(NullPointerException.class, () -> NoInherit.accept(null));
    assertThrows(NullPointerException.class, () -> NoInherit.openServerSocketChannel(null));
    assertThrows(NullPointerException.class, () -> NoInherit.openSocketChannel(null));
    assertThrows(NullPointerException.class, () -> NoInherit.openDatagramChannel(null));
  }

  @Test
  void aTlsSocketOverAnotherSocketIsRefusedWithTheAdviceToGiveThatOne() throws Exception {
    try (Specimen layered = Zoo.get("SSLSocket layered").create()) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> Handle.of((Closeable) layered.object()));
      assertTrue(e.getMessage().contains("layered over another socket"), e.getMessage());
    }
  }

  @Test
  void aStreamThatWrapsAHolderHasItsHandle(@TempDir Path folder) throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    try (FileInputStream in = new FileInputStream(file.toFile());
        BufferedInputStream wrapped = new BufferedInputStream(new BufferedInputStream(in))) {
      assertEquals(Handle.of(in).number(), Handle.of(wrapped).number());
    }
  }

  @Test
  void aStreamOfFilesHasAHandle() throws Exception {
    for (String name : new String[] {"Files.newInputStream", "Files.newOutputStream"}) {
      try (Specimen specimen = Zoo.get(name).create()) {
        Descriptor only = specimen.descriptors().get(0);
        assertEquals(only.number(), Handle.of((Closeable) specimen.object()).number(), name);
      }
    }
  }
}
