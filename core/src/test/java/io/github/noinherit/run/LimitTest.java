// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.CommandException;
import io.github.noinherit.Completed;
import io.github.noinherit.Limit;
import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.Counted;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits of time and of output: the whole tree is killed, and what there was is told. */
@Tag("every-way")
@Tag("every-jdk")
@Counted(warmUp = WarmUp.class)
class LimitTest {
  private static final Limit HALF_A_SECOND = Limit.time(Duration.ofMillis(500));

  @TempDir Path folder;
  private final Processes processes = new Processes();

  @AfterEach
  void endWhatIsLeft() {
    processes.close();
  }

  private CommandException.TimedOut timedOut(Spawn spawn) throws Exception {
    long start = System.nanoTime();
    CommandException.TimedOut e =
        assertThrows(CommandException.TimedOut.class, () -> spawn.capture(HALF_A_SECOND));
    long millis = (System.nanoTime() - start) / 1_000_000;
    assertTrue(millis >= 500 && millis < 10_000, () -> millis + " ms");
    return e;
  }

  /** A script that writes the pids of all that it starts, one a line. */
  private Spawn tree(String script) {
    return Spawn.command("sh", "-c", script, "tree", pids().toString());
  }

  private Path pids() {
    return folder.resolve("pids");
  }

  @Test
  void whatWasCapturedUntilThenIsThere() throws Exception {
    CommandException.TimedOut e =
        timedOut(Spawn.command("sh", "-c", "echo out; echo err >&2; exec sleep 100"));
    Completed c = e.completed();
    assertEquals("out\n", c.stdout());
    assertEquals("err\n", c.stderr());
    assertEquals(137, c.exitValue());
    assertEquals(OptionalInt.of(9), c.signal());
    assertEquals(
        "sh -c 'echo out; echo err >&2; exec sleep 100': not over within 0.5s and killed, with its"
            + " descendants; captured until then: 4 bytes of standard output, 4 of standard error;"
            + " its standard error:\nerr",
        e.getMessage());
  }

  @Test
  void childrenAndGrandchildrenAreKilledToo() throws Exception {
    timedOut(
        tree(
            "echo $$ >>$1; sleep 100 & echo $! >>$1;"
                + " sh -c 'echo $$ >>$1; sleep 100 & echo $! >>$1; wait' sub $1 & wait"));
    List<Long> pids = processes.awaitIn(pids(), 4);
    assertEquals(List.of(), Processes.alive(pids));
  }

  @Test
  void whoIgnoresSignalsOrIsStoppedIsKilledToo() throws Exception {
    timedOut(
        tree(
            "trap '' TERM HUP INT; echo $$ >>$1; sleep 100 & echo $! >>$1; kill -STOP $!;"
                + " while :; do sleep 0.1; done"));
    assertEquals(List.of(), Processes.alive(processes.awaitIn(pids(), 2)));
  }

  /** A session of its own takes nobody out of the tree. */
  @Test
  void whoHasASessionOfItsOwnIsKilledToo() throws Exception {
    timedOut(tree("echo $$ >>$1; setsid sh -c 'echo $$ >>$1; exec sleep 100' s $1 & wait"));
    assertEquals(List.of(), Processes.alive(processes.awaitIn(pids(), 2)));
  }

  /** One that starts others as fast as it can. */
  @Test
  void nobodyIsStartedMeanwhileAndLeft() throws Exception {
    timedOut(
        tree(
            "while :; do sleep 50 & echo $! >>$1; sh -c 'sleep 50 & echo $! >>$1; wait' s $1 &"
                + " done"));
    List<Long> pids = processes.awaitIn(pids(), 20);
    assertEquals(List.of(), Processes.alive(pids));
  }

  /** A chain that grows at its end: between a look and the stop of its last there is one more. */
  @Test
  void whoAppearsAfterALookIsFoundByTheNext() throws Exception {
    String chain = "echo $$ >>$1; sleep 0.01; test $2 -gt 0 && sh $0 $1 $(($2 - 1)); exit 0\n";
    Path script = Files.writeString(folder.resolve("chain"), chain);
    timedOut(Spawn.command("sh", script.toString(), pids().toString(), "200"));
    List<Long> pids = processes.awaitIn(pids(), 5);
    assertTrue(Processes.alive(pids).isEmpty(), "somebody is alive");
    // nor anybody who had not yet written its pid
    Thread.sleep(200);
    assertEquals(pids.size(), processes.awaitIn(pids(), 5).size());
  }

  /** Whom init has, is not found by parent links: documented, and not waited for. */
  @Test
  void aProcessLeftBehindIsOutOfReachAndTheMessageSaysSo() throws Exception {
    CommandException.TimedOut e = timedOut(tree("sleep 30 & echo $! >>$1; echo out; exit 0"));
    long orphan = processes.awaitIn(pids(), 1).getFirst();
    assertTrue(Processes.isAlive(orphan));
    assertEquals("out\n", e.completed().stdout());
    assertEquals(0, e.completed().exitValue());
    assertTrue(
        String.valueOf(e.getMessage())
            .contains("it has ended (exit value 0), but a process that it left behind still has"),
        e::getMessage);
  }

  @Test
  void enoughTimeChangesNothing() throws Exception {
    Limit century = Limit.time(Duration.ofDays(36_500));
    assertEquals("x\n", Spawn.command("echo", "x").capture(century).stdout());
    Limit forever = Limit.time(Duration.ofSeconds(Long.MAX_VALUE));
    assertEquals("x\n", Spawn.command("echo", "x").capture(forever).stdout());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1000, 8192, 100_000})
  void exactlyAsMuchAsIsAllowedIsKept(int allowed) throws Exception {
    Completed c =
        Spawn.command("head", "-c", Integer.toString(allowed), "/dev/zero")
            .capture(Limit.output(allowed));
    assertEquals(allowed, c.stdoutBytes().length);
    CommandException.TooMuchOutput e =
        assertThrows(
            CommandException.TooMuchOutput.class,
            () ->
                Spawn.command("sh", "-c", "cat /dev/zero & cat /dev/zero >&2")
                    .capture(Limit.output(allowed)));
    assertEquals(allowed, e.completed().stdoutBytes().length + e.completed().stderrBytes().length);
    assertEquals(OptionalInt.of(9), e.completed().signal());
    assertTrue(
        String.valueOf(e.getMessage()).contains("more than the " + allowed + " bytes"),
        e::getMessage);
  }

  @Test
  void tooMuchOutputKillsTheTree() throws Exception {
    assertThrows(
        CommandException.TooMuchOutput.class,
        () ->
            tree("echo $$ >>$1; sleep 100 & echo $! >>$1; yes & echo $! >>$1; wait")
                .capture(Limit.output(1000)));
    assertEquals(List.of(), Processes.alive(processes.awaitIn(pids(), 3)));
  }

  @Test
  void limitsThatMakeNoSenseAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Limit.time(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> Limit.time(Duration.ofMillis(-1)));
    assertThrows(IllegalArgumentException.class, () -> Limit.output(-1));
    Spawn spawn = Spawn.command("sh", "-c", "echo $$ >" + pids());
    assertThrows(
        IllegalArgumentException.class, () -> spawn.capture(Limit.output(1), Limit.output(2)));
    assertThrows(IllegalArgumentException.class, () -> spawn.capture(HALF_A_SECOND, HALF_A_SECOND));
    assertThrows(IllegalArgumentException.class, () -> spawn.run(Limit.output(1)));
    assertFalse(pids().toFile().exists(), "it was started");
  }
}
