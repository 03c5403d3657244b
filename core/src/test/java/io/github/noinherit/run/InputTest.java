// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Completed;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.LeafReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** input(): bytes or text as standard input. */
@Tag("every-way")
@Tag("every-jdk")
@Counted(warmUp = WarmUp.class)
class InputTest {
  @TempDir Path folder;

  @Test
  void tenMegabytesGoThrough() throws Exception {
    byte[] bytes = new byte[10_000_001];
    new Random(1).nextBytes(bytes);
    assertArrayEquals(bytes, Spawn.command("cat").input(bytes).capture().orThrow().stdoutBytes());
  }

  @Test
  void textAndNothing() throws Exception {
    assertEquals("a\nb", Spawn.command("cat").input("a\nb").capture().stdout());
    assertEquals("0\n", Spawn.command("wc", "-c").input("").capture().stdout());
  }

  @Test
  void aChildThatDoesNotReadItDisturbsNobody() throws Exception {
    byte[] bytes = new byte[5_000_000];
    assertEquals(0, Spawn.command("true").input(bytes).capture().exitValue());
    assertEquals(
        "3\n", Spawn.command("sh", "-c", "head -c 3 | wc -c").input(bytes).capture().stdout());
  }

  @Test
  void everyStartReadsItFromItsBeginning() throws Exception {
    Spawn spawn = Spawn.command("cat").input("again");
    assertEquals("again", spawn.capture().stdout());
    assertEquals("again", spawn.capture().stdout());
  }

  @Test
  void laterChangesOfTheArrayAreNotSeen() throws Exception {
    byte[] bytes = "before".getBytes(UTF_8);
    Spawn spawn = Spawn.command("cat").input(bytes);
    bytes[0] = 'x';
    assertEquals("before", spawn.capture().stdout());
  }

  @Test
  void startTakesItToo() throws Exception {
    try (SpawnedProcess process = Spawn.command("cat").input("to start").start()) {
      assertEquals("to start", new String(process.getInputStream().readAllBytes(), UTF_8));
      assertEquals(0, process.waitFor());
      assertThrows(IOException.class, () -> writeByte(process));
    }
  }

  private static void writeByte(Process process) throws IOException {
    process.getOutputStream().write(1);
    process.getOutputStream().flush();
  }

  /** Also not through /proc, where a second open file description could be had. */
  @Test
  void theChildCannotChangeIt() throws Exception {
    Completed c =
        Spawn.command(
                "sh", "-c", "echo x >&0 && echo wrote; (: >/proc/self/fd/0) && echo truncated; cat")
            .input("as it was")
            .capture();
    assertEquals("as it was", c.stdout(), c::stderr);
  }

  @Test
  void theChildHasItAndItsTwoOtherStreamsAndNothingElse() throws Exception {
    Path report = folder.resolve("report");
    Spawn.command(Leaf.command(report)).input("x").capture().orThrow();
    LeafReport seen = LeafReport.read(report);
    assertEquals(java.util.Set.of(0, 1, 2), seen.table().numbers());
    assertTrue(seen.table().get(0).orElseThrow().link().startsWith("/memfd:noinherit-input"));
  }

  @Test
  void whatTheEncodingLacksIsRefused() throws Exception {
    assertEquals("refused\n", ChildJvm.of(Lacking.class).locale("POSIX").run().outOrThrow());
  }

  /** In a locale that knows ASCII only. */
  static final class Lacking {
    private Lacking() {}

    public static void main(String[] arguments) {
      try {
        Spawn.command("cat").input("\u00e4");
        System.out.println("native.encoding is " + System.getProperty("native.encoding"));
      } catch (IllegalArgumentException e) {
        System.out.println("refused");
      }
    }
  }
}
