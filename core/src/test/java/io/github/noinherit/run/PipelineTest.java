// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.CommandException;
import io.github.noinherit.Completed;
import io.github.noinherit.Limit;
import io.github.noinherit.Line;
import io.github.noinherit.Lines;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.LeafReport;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several commands, each of which reads what the one before it writes. */
@Tag("every-way")
@Tag("every-jdk")
@Counted(warmUp = WarmUp.class)
class PipelineTest {
  @TempDir Path folder;
  private final Processes processes = new Processes();

  @AfterEach
  void endWhatIsLeft() {
    processes.close();
  }

  private static Spawn sh(String script) {
    return Spawn.command("sh", "-c", script);
  }

  private Path pids() {
    return folder.resolve("pids");
  }

  @Test
  void whatOneWritesTheNextReads() throws Exception {
    Completed c =
        Spawn.pipeline(
                Spawn.command("seq", "1", "100000"),
                Spawn.command("sort", "-rn"),
                Spawn.command("head", "-n", "2"))
            .capture();
    assertEquals("100000\n99999\n", c.stdout());
    assertEquals(3, c.exitValues().size());
    assertEquals(3, c.commands().size());
  }

  @Test
  void theFirstReadsItsInputAndFiveMegabytesComeThrough() throws Exception {
    byte[] bytes = new byte[5_000_000];
    Completed c =
        Spawn.pipeline(Spawn.command("cat").input(bytes), Spawn.command("cat"), sh("wc -c"))
            .capture()
            .orThrow();
    assertEquals("5000000", c.stdout().strip());
    assertEquals("0", Spawn.pipeline(Spawn.command("cat"), sh("wc -c")).capture().stdout().strip());
  }

  /** Each a leaf that reports its own table; the parent has none of the ends afterwards. */
  @Test
  void eachHasItsOwnEndsAndNoOther() throws Exception {
    DescriptorTable before = DescriptorTable.ofThisProcess();
    List<Path> reports = List.of(folder.resolve("0"), folder.resolve("1"), folder.resolve("2"));
    List<SpawnedProcess> started =
        Spawn.pipeline(
                reports.stream()
                    .map(r -> Spawn.command(Leaf.command(r)).stderr(Redirect.DISCARD))
                    .toList())
            .start();
    // here are the first one's input and the last one's output, if they have not ended yet
    assertTrue(DescriptorTable.ofThisProcess().since(before).size() <= 2 + 3);
    List<LeafReport> seen = new ArrayList<>();
    for (int i = 0; i < reports.size(); i++) {
      assertEquals(0, started.get(i).waitFor());
      started.get(i).close();
      seen.add(LeafReport.read(reports.get(i)));
      assertEquals(Set.of(0, 1, 2), seen.get(i).table().numbers());
    }
    for (int i = 0; i < 2; i++) {
      assertTrue(
          seen.get(i)
              .table()
              .get(1)
              .orElseThrow()
              .sameFile(seen.get(i + 1).table().get(0).orElseThrow()),
          "output of " + i + " is the input of the next");
    }
    DescriptorTable.ofThisProcess().assertNothingSince(before);
  }

  /** So the writing end is open in nobody but yes, and the reading one in nobody but head. */
  @Test
  void aWriterIsToldThatNobodyReadsAnyMore() throws Exception {
    Completed c = Spawn.pipeline(Spawn.command("yes"), Spawn.command("head", "-n", "1")).capture();
    assertEquals("y\n", c.stdout());
    assertEquals(List.of(128 + 13, 0), c.exitValues());
    c.orThrow();
  }

  @Test
  void everyOtherFailureIsOneOfThePipeline() throws Exception {
    Completed first = Spawn.pipeline(sh("echo why >&2; exit 3"), Spawn.command("cat")).capture();
    assertEquals(0, first.exitValue());
    CommandException.Failed e = assertThrows(CommandException.Failed.class, first::orThrow);
    assertEquals(
        "sh -c 'echo why >&2; exit 3': exit value 3; its standard error:\nwhy", e.getMessage());
    Completed last = Spawn.pipeline(Spawn.command("echo"), sh("exit 4")).capture();
    assertEquals(4, last.exitValue());
    assertThrows(CommandException.Failed.class, last::orThrow);
    Completed pipe = Spawn.pipeline(Spawn.command("echo"), sh("kill -PIPE $$")).capture();
    assertThrows(CommandException.Failed.class, pipe::orThrow);
  }

  @Test
  void theErrorsOfAllComeOneAfterTheOther() throws Exception {
    Completed c =
        Spawn.pipeline(
                sh("sleep 0.2; echo first >&2"), sh("echo second >&2; cat"), sh("echo x >&2"))
            .capture();
    assertEquals("first\nsecond\nx\n", c.stderr());
  }

  @Test
  void errorsMayGoDownThePipeToo() throws Exception {
    assertEquals(
        "2\n",
        Spawn.pipeline(sh("echo a; echo b >&2").redirectErrorStream(true), sh("wc -l"))
            .capture()
            .stdout());
  }

  @Test
  void ifOneCannotBeStartedTheOthersAreUndone() throws Exception {
    Spawn first =
        Spawn.command(
            "sh", "-c", "echo $$ >>$1; sleep 100 & echo $! >>$1; wait", "x", pids().toString());
    Spawn second =
        Spawn.command("sh", "-c", "sleep 0.5; cat; echo done >" + folder.resolve("done"));
    SystemCallException e =
        assertThrows(
            SystemCallException.class,
            () -> Spawn.pipeline(first, second, Spawn.command("no-such-program")).capture());
    assertEquals("ENOENT", e.codeName());
    if (Files.exists(pids())) { // it came that far
      assertEquals(List.of(), Processes.alive(processes.awaitIn(pids(), 1)));
    }
    Thread.sleep(600);
    assertFalse(Files.exists(folder.resolve("done")), "the second took our failure for its end");
  }

  /**
   * A hundred that do not have the pipe: the shell, which has it, is dead before all of them are.
   */
  private static final String SLOW_TO_KILL =
      "i=0; while [ $i -lt 100 ]; do sleep 100 >/dev/null 2>&1 & i=$((i+1)); done; echo half; wait";

  /**
   * The last is killed first, so nobody takes half of the input for all of it. This one needs no
   * other program to see the end of its input and act on it.
   */
  @Test
  void whenTheTimeIsOverNobodyFinishesWithHalfOfIt() throws Exception {
    Path result = folder.resolve("result");
    CommandException.TimedOut e =
        assertThrows(
            CommandException.TimedOut.class,
            () ->
                Spawn.pipeline(sh(SLOW_TO_KILL), sh("read half; read end; echo all >" + result))
                    .capture(Limit.time(Duration.ofSeconds(1))));
    assertEquals(List.of(137, 137), e.completed().exitValues());
    assertFalse(Files.exists(result));
    assertTrue(
        String.valueOf(e.getMessage()).contains(" | sh -c 'read half; read end; echo all"),
        e::getMessage);
  }

  @Test
  void startGivesTheChildrenWithThePipesThatAreLeft() throws Exception {
    List<SpawnedProcess> started =
        Spawn.pipeline(List.of(Spawn.command("cat"), sh("tr a-z A-Z"))).start();
    started.getFirst().getOutputStream().write("upper".getBytes(UTF_8));
    started.getFirst().getOutputStream().close();
    assertEquals("UPPER", new String(started.getLast().getInputStream().readAllBytes(), UTF_8));
    assertEquals(-1, started.getFirst().getInputStream().read());
    for (SpawnedProcess process : started) {
      assertEquals(0, process.waitFor());
      process.close();
    }
  }

  @Test
  void linesOfAll() throws Exception {
    try (Lines lines = Spawn.pipeline(sh("echo e1 >&2; echo a"), sh("cat; echo e2 >&2")).lines()) {
      List<Line> all = lines.stream().toList();
      assertEquals(
          Set.of("STDERR e1", "STDOUT a", "STDERR e2"),
          Set.copyOf(all.stream().map(l -> l.source() + " " + l).toList()));
      assertEquals(List.of(0, 0), lines.finish().orThrow().exitValues());
    }
  }

  @Test
  void whatIsBetweenTwoMayNotBeSet() {
    Spawn out = sh("echo x >" + pids());
    Spawn cat = Spawn.command("cat");
    out.stdout(Redirect.DISCARD);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Spawn.pipeline(out, Spawn.command("cat")).capture());
    assertTrue(String.valueOf(e.getMessage()).contains("standard output of command 1"));
    cat.input("x");
    assertThrows(
        IllegalArgumentException.class,
        () -> Spawn.pipeline(sh("echo x >" + pids()), cat).capture());
    assertThrows(IllegalArgumentException.class, () -> Spawn.pipeline());
    assertFalse(Files.exists(pids()), "something was started");
  }

  @Test
  void oneCommandIsAPipelineToo() throws Exception {
    assertEquals("x\n", Spawn.pipeline(Spawn.command("echo", "x")).capture().stdout());
  }
}
