// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.run;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Completed;
import io.github.noinherit.Spawn;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.testkit.Counted;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** capture(): both streams to their end, and how the command ended. */
@Tag("every-way")
@Tag("every-jdk")
@Counted(warmUp = WarmUp.class)
class CaptureTest {
  @TempDir Path folder;

  private static Spawn sh(String script) {
    return Spawn.command("sh", "-c", script);
  }

  @Test
  void bothStreamsAndTheExitValueAreThere() throws Exception {
    Completed c = sh("echo out; echo err >&2; exit 3").capture();
    assertEquals("out\n", c.stdout());
    assertEquals("err\n", c.stderr());
    assertEquals(3, c.exitValue());
    assertEquals(List.of(3), c.exitValues());
    assertEquals(OptionalInt.empty(), c.signal());
    assertEquals(List.of(List.of("sh", "-c", "echo out; echo err >&2; exit 3")), c.commands());
  }

  @Test
  void aSignalIsToldApartFromAnExitValueOf128AndMore() throws Exception {
    Completed killed = sh("kill -KILL $$").capture();
    assertEquals(137, killed.exitValue());
    assertEquals(OptionalInt.of(9), killed.signal());
    Completed exited = sh("exit 137").capture();
    assertEquals(137, exited.exitValue());
    assertEquals(OptionalInt.empty(), exited.signal());
  }

  @Test
  void successReturnsItself() throws Exception {
    Completed c = Spawn.command("true").capture();
    assertSame(c, c.orThrow());
  }

  /** More than a pipe holds (64 KiB) on each, so reading one after the other would never end. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void muchOnBothStreamsInAnyOrderIsNoDeadlock(boolean virtual) throws Exception {
    On.run(
        virtual,
        () -> {
          Completed c =
              sh("head -c 3000000 /dev/zero >&2; head -c 2000000 /dev/zero;"
                      + " head -c 1000000 /dev/zero >&2; echo end")
                  .capture();
          assertEquals(2_000_004, c.stdoutBytes().length);
          assertEquals(4_000_000, c.stderrBytes().length);
          assertTrue(c.stdout().endsWith("\0end\n"));
        });
  }

  @Test
  void everyByteComesThroughUnchanged() throws Exception {
    byte[] bytes = new byte[256 * 300];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i % 256 + i / 256);
    }
    Path file = Files.write(folder.resolve("bytes"), bytes);
    Completed c = Spawn.command("cat", file.toString()).capture();
    assertArrayEquals(bytes, c.stdoutBytes());
    c.stdoutBytes()[0]++;
    assertArrayEquals(bytes, c.stdoutBytes(), "a copy each time");
  }

  @Test
  void textIsInTheCharsetThatIsGiven() throws Exception {
    Completed c = sh("printf '\\344\\303\\244'; printf '\\344' >&2").capture();
    assertEquals("\u00e4\u00c3\u00a4", c.stdout(ISO_8859_1));
    assertEquals("\ufffd\u00e4", c.stdout(UTF_8));
    assertEquals("\u00e4", c.stderr(ISO_8859_1));
  }

  @Test
  void standardInputIsEmptyUnlessSet() throws Exception {
    assertEquals("", Spawn.command("cat").capture().stdout());
  }

  @Test
  void whatIsSetElsewhereIsNotCaptured() throws Exception {
    Path file = folder.resolve("out");
    Completed c = sh("echo out; echo err >&2").stdout(Redirect.to(file.toFile())).capture();
    assertEquals("", c.stdout());
    assertEquals("err\n", c.stderr());
    assertEquals("out\n", Files.readString(file));
    Completed one = sh("echo out; echo err >&2").redirectErrorStream(true).capture();
    assertEquals("out\nerr\n", one.stdout());
    assertEquals("", one.stderr());
    Completed none = sh("echo out; echo err >&2").stderr(Redirect.DISCARD).capture();
    assertEquals("out\n", none.stdout());
    assertEquals("", none.stderr());
  }

  @Test
  void aPipeThatNobodyWouldWriteToIsRefused() throws Exception {
    Spawn cat = Spawn.command("cat").stdin(Redirect.PIPE);
    IllegalStateException e = assertThrows(IllegalStateException.class, cat::capture);
    assertTrue(String.valueOf(e.getMessage()).contains("input("), e::getMessage);
    assertEquals("x", cat.input("x").stdout(Redirect.PIPE).capture().stdout());
    assertEquals("", Spawn.from(new ProcessBuilder("cat")).capture().stdout());
  }

  @Test
  void aProgramThatIsNotThereIsTheFailureOfTheStart() {
    SystemCallException e =
        assertThrows(SystemCallException.class, () -> Spawn.command("no-such-program").capture());
    assertEquals("ENOENT", e.codeName());
  }

  @Test
  void whatAProcessWritesThatIsLeftBehindIsWaitedFor() throws Exception {
    Completed c = sh("(sleep 0.4; echo late) & echo early").capture();
    assertEquals("early\nlate\n", c.stdout());
    assertEquals(0, c.exitValue());
  }

  /** Its streams end long before it does. */
  @Test
  void aCommandThatClosesItsStreamsIsWaitedFor() throws Exception {
    Completed c = sh("echo out; exec >&- 2>&-; sleep 0.4; exit 5").capture();
    assertEquals("out\n", c.stdout());
    assertEquals(5, c.exitValue());
  }

  @Test
  void aSpawnCanBeCapturedAgain() throws Exception {
    Spawn spawn = sh("echo $$");
    assertTrue(!spawn.capture().stdout().equals(spawn.capture().stdout()));
  }

  @Test
  void aHundredAtOnceKeepTheirOutputsApart() throws Exception {
    List<On> all =
        java.util.stream.IntStream.range(0, 100)
            .mapToObj(
                i ->
                    On.start(
                        true,
                        () -> {
                          Completed c =
                              sh("seq 1 500; echo " + i + "; echo e" + i + " >&2").capture();
                          assertTrue(c.stdout().endsWith("\n500\n" + i + "\n"), c::stdout);
                          assertEquals("e" + i + "\n", c.stderr());
                        }))
            .toList();
    for (On one : all) {
      assertEquals(null, one.thrown());
    }
  }
}
