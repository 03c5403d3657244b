// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.CProgram;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another user may look at its own processes only: what it cannot see is counted and said. */
@Counted
@Needs({Need.PYTHON3, Need.ROOT})
class NotPermittedTest {
  @TempDir Path folder;

  /** The program of the other user: prints what it was told. */
  static final class Asks {
    private Asks() {}

    public static void main(String[] arguments) throws IOException {
      Holders holders = Holders.of(Target.parse(arguments[0]));
      System.out.println("holders=" + holders.holders().size());
      System.out.println("complete=" + holders.isComplete());
      System.out.println("why=" + holders.unseen().refused().get(Long.parseLong(arguments[1])));
      try {
        System.out.println("table=" + HandleTable.of(Long.parseLong(arguments[1])).handles());
      } catch (SystemCallException e) {
        System.out.println("table=" + e.codeName() + " " + e.getMessage());
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      all.forEach(
          f -> {
            try {
              Path copy = to.resolve(from.relativize(f).toString());
              if (Files.isDirectory(f)) {
                Files.createDirectories(copy);
              } else if (!f.endsWith("module-info.class")) {
                Files.copy(f, copy);
              }
              Files.setPosixFilePermissions(
                  Files.exists(copy) ? copy : to, PosixFilePermissions.fromString("rwxr-xr-x"));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  private static Path classes(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  @Test
  void anotherUsersProcess() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path copied = folder.resolve("classes");
    copy(classes(Holders.class), copied);
    Path asks = Path.of(Asks.class.getName().replace('.', '/') + ".class");
    Files.copy(classes(Asks.class).resolve(asks), copied.resolve(asks));
    try (PythonScene scene =
        PythonScene.start(
            """
            s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
            say("port", s.getsockname()[1])
            """)) {
      String said =
          CProgram.tool(
              folder,
              "setpriv",
              "--reuid=65534",
              "--regid=65534",
              "--clear-groups",
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "--enable-native-access=ALL-UNNAMED",
              "-cp",
              copied.toString(),
              Asks.class.getName(),
              scene.get("port"),
              Long.toString(scene.pid()));
      assertTrue(said.contains("holders=0\ncomplete=false\nwhy=EACCES\n"), said);
      String table = said.substring(said.indexOf("table=") + 6);
      assertEquals("EACCES", table.substring(0, 6), said);
      assertTrue(table.contains("root"), said);
    }
  }
}
