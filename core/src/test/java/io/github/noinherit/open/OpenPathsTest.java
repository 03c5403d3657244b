// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.open;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.testkit.Counted;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Paths of all kinds, good and bad, opened by the JDK and by us. */
@Tag("every-jdk")
@Tag("aarch64")
@Counted
final class OpenPathsTest {
  @TempDir Path folder;

  /** The class of the exception, or that it was opened. */
  private static String outcome(Path path, boolean ours, OpenOption option) {
    try (FileChannel c = ours ? NoInherit.open(path, option) : FileChannel.open(path, option)) {
      return "a " + c.getClass().getName();
    } catch (IOException | RuntimeException e) {
      return e.getClass().getName();
    }
  }

  @Test
  void oddPathsHaveTheOutcomeThatTheyHaveWithTheJdk() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "content");
    Path loop = folder.resolve("loop");
    Files.createSymbolicLink(loop, loop);
    List<Path> odd =
        List.of(
            folder.resolve("no").resolve("such"),
            file.resolve("below"),
            folder.resolve("n".repeat(300)),
            folder.resolve("deep/".repeat(900)),
            loop,
            folder.resolve("missing"),
            Path.of(""),
            Path.of("/proc/self/fd/999999"));
    for (Path path : odd) {
      for (OpenOption option : List.of(READ, WRITE)) {
        assertEquals(
            outcome(path, false, option), outcome(path, true, option), path + " " + option);
      }
    }
  }

  @Test
  void aSocketsNameCannotBeOpened() throws IOException {
    Path name = folder.resolve("socket");
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.bind(UnixDomainSocketAddress.of(name));
      assertEquals(outcome(name, false, READ), outcome(name, true, READ));
      assertEquals(FileSystemException.class.getName(), outcome(name, true, READ));
    }
  }

  @Test
  void aFailureCarriesTheCallAndTheCode() {
    Path path = folder.resolve("missing");
    NoSuchFileException e =
        assertThrows(NoSuchFileException.class, () -> NoInherit.open(path, READ));
    assertEquals(path.toString(), e.getFile());
    SystemCallException cause = (SystemCallException) e.getCause();
    assertEquals("ENOENT", cause.codeName());
    assertEquals(2, cause.code());
    assertEquals(
        "open(\"" + path + "\", O_RDONLY|O_CLOEXEC): ENOENT (2) No such file or directory",
        cause.getMessage());
  }

  @Test
  void aNameThatCannotBeDecodedIsOpenedAsItStandsInTheFolder() throws Exception {
    Process touch =
        new ProcessBuilder("sh", "-c", "printf odd > \"$(printf 'a\\377\\376b')\"")
            .directory(folder.toFile())
            .inheritIO()
            .start();
    assertTrue(touch.waitFor(20, TimeUnit.SECONDS));
    assertEquals(0, touch.exitValue());
    try (Stream<Path> files = Files.list(folder)) {
      Path odd = files.findFirst().orElseThrow();
      ByteBuffer content = ByteBuffer.allocate(10);
      try (FileChannel channel = NoInherit.open(odd, READ)) {
        assertEquals(3, channel.read(content));
      }
      assertEquals("odd", new String(content.array(), 0, 3, StandardCharsets.US_ASCII));
    }
  }

  @Test
  void namesWithOddCharactersAndRelativeNamesAreOpened() throws IOException {
    for (String name : List.of("with space", "new\nline", "quote\"", "-dash", "100%", "a;b")) {
      Path path = folder.resolve(name);
      NoInherit.open(path, CREATE_NEW, WRITE).close();
      assertTrue(Files.exists(path), name);
    }
    Path relative = Path.of("").toAbsolutePath().relativize(folder).resolve("relative");
    NoInherit.open(relative, CREATE, WRITE).close();
    assertTrue(Files.exists(folder.resolve("relative")));
  }

  @Test
  void aPathOfAnotherFileSystemIsRefused() {
    Path path = Path.of(URI.create("jrt:/java.base/module-info.class"));
    UnsupportedOperationException e =
        assertThrows(UnsupportedOperationException.class, () -> NoInherit.open(path, READ));
    assertTrue(e.getMessage().contains("operating system"), e.getMessage());
  }

  @Test
  void nullIsRefused() {
    Path file = folder.resolve("file");
    assertThrows(NullPointerException.class, () -> NoInherit.open(null));
    assertThrows(NullPointerException.class, () -> NoInherit.open(file, (OpenOption) null));
    assertThrows(NullPointerException.class, () -> NoInherit.open(file, CREATE, WRITE, null));
    assertTrue(Files.notExists(file, LinkOption.NOFOLLOW_LINKS), "made before the null was seen");
  }
}
