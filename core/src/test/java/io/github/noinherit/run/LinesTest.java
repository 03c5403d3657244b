// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.run;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.CommandException;
import io.github.noinherit.Completed;
import io.github.noinherit.Limit;
import io.github.noinherit.Line;
import io.github.noinherit.Line.Source;
import io.github.noinherit.Lines;
import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.Counted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** lines(): both streams line by line while the command runs, and what closing does. */
@Tag("every-way")
@Tag("every-jdk")
@Counted(warmUp = WarmUp.class)
class LinesTest {
  @TempDir Path folder;
  private final Processes processes = new Processes();

  @AfterEach
  void endWhatIsLeft() {
    processes.close();
  }

  private static Spawn sh(String script) {
    return Spawn.command("sh", "-c", script);
  }

  /** A script that writes the pids of all that it starts, one a line. */
  private Spawn tree(String script) {
    return Spawn.command("sh", "-c", script, "tree", pids().toString());
  }

  private Path pids() {
    return folder.resolve("pids");
  }

  @Test
  void eachLineSaysWhereItWasWritten() throws Exception {
    try (Lines lines = sh("echo a; echo b >&2; echo c; echo d >&2").lines()) {
      List<Line> all = lines.stream().toList();
      assertEquals(4, all.size());
      assertEquals(
          List.of("a", "c"), all.stream().filter(l -> !l.isError()).map(Line::text).toList());
      assertEquals(List.of("b", "d"), all.stream().filter(Line::isError).map(Line::text).toList());
      assertEquals(0, lines.finish().orThrow().exitValue());
    }
  }

  /** In the order of writing, if there is time to read each before the next is written. */
  @Test
  void aLineComesWhenItIsWrittenNotWhenTheCommandEnds() throws Exception {
    Spawn spawn =
        sh("for i in 1 2 3; do echo o$i; sleep 0.2; echo e$i >&2; sleep 0.2; done; sleep 100");
    try (Lines lines = spawn.lines()) {
      for (int i = 1; i <= 3; i++) {
        assertEquals(new Line(Source.STDOUT, "o" + i), lines.next());
        assertEquals(new Line(Source.STDERR, "e" + i), lines.next());
      }
    }
  }

  @Test
  void linesEndAsBufferedReadersDo() throws Exception {
    try (Lines lines = sh("printf 'unix\\nwindows\\r\\nold\\r\\n\\nlast'").lines()) {
      assertEquals(
          List.of("unix", "windows", "old", "", "last"), lines.stream().map(Line::text).toList());
    }
  }

  @Test
  void textIsInTheCharsetThatIsGiven() throws Exception {
    try (Lines lines = sh("printf '\\344\\n'; printf '\\344\\n' >&2").lines(ISO_8859_1)) {
      assertEquals(List.of("\u00e4", "\u00e4"), lines.stream().map(Line::text).toList());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void manyLinesOnBothStreamsComeInOrderAndNoneIsLost(boolean virtual) throws Exception {
    On.run(
        virtual,
        () -> {
          int out = 0;
          int err = 0;
          try (Lines lines = sh("seq 1 50000 & seq 1 50000 >&2 & wait").lines()) {
            for (Line line : lines) {
              int expected = line.isError() ? ++err : ++out;
              assertEquals(Integer.toString(expected), line.text());
            }
            lines.finish().orThrow();
          }
          assertEquals(List.of(50_000, 50_000), List.of(out, err));
        });
  }

  /** Nothing piles up here: the command is behind by what pipes and queue hold, not by all. */
  @Test
  void whoTakesSlowlyMakesTheCommandWait() throws Exception {
    Path progress = folder.resolve("progress");
    Spawn spawn =
        sh(
            "i=0; while [ $i -lt 100 ]; do head -c 100000 /dev/zero | tr '\\0' x; echo;"
                + " i=$((i+1)); echo $i >"
                + progress
                + "; done");
    try (Lines lines = spawn.lines()) {
      Line first = lines.next();
      assertEquals(100_000, assertNotNullLine(first).text().length());
      Thread.sleep(1500);
      int written = Integer.parseInt(java.nio.file.Files.readString(progress).strip());
      assertTrue(written < 90, () -> "it has written " + written + " lines of 100 KB");
      assertEquals(99, lines.stream().count());
    }
  }

  private static Line assertNotNullLine(Line line) {
    assertNotNull(line);
    return line;
  }

  @Test
  void finishThrowsTheRestAwayAndTellsTheExitValue() throws Exception {
    try (Lines lines = sh("seq 1 100000; seq 1 100000 >&2; exit 7").lines()) {
      assertNotNull(lines.next());
      Completed c = lines.finish();
      assertEquals(7, c.exitValue());
      assertEquals("", c.stdout());
      assertThrows(CommandException.Failed.class, c::orThrow);
      assertNull(lines.next());
      assertEquals(7, lines.finish().exitValue());
    }
  }

  @Test
  void closingEarlyKillsTheCommandAndItsDescendants() throws Exception {
    List<Long> pids;
    try (Lines lines =
        tree("trap '' TERM; echo $$ >>$1; sleep 100 & echo $! >>$1; yes & echo $! >>$1; wait")
            .lines()) {
      assertEquals("y", assertNotNullLine(lines.next()).text());
      pids = processes.awaitIn(pids(), 3);
    }
    assertEquals(List.of(), Processes.alive(pids));
  }

  @Test
  void closingTheStreamClosesTheLines() throws Exception {
    List<Long> pids;
    try (Stream<Line> stream = tree("echo $$ >>$1; exec yes").lines().stream()) {
      assertEquals("y", stream.limit(3).toList().getLast().text());
      pids = processes.awaitIn(pids(), 1);
    }
    assertEquals(List.of(), Processes.alive(pids));
  }

  @Test
  void closingAfterTheEndLeavesTheExitValueAlone() throws Exception {
    Lines lines = sh("echo a; exit 3").lines();
    Completed c = lines.finish();
    lines.close();
    lines.close();
    assertEquals(3, c.exitValue());
    assertThrows(IOException.class, lines::next);
    assertThrows(IOException.class, lines::finish);
  }

  @Test
  void closingWakesAThreadThatWaitsForALine() throws Exception {
    Lines lines = sh("exec sleep 100").lines();
    On on = On.start(true, lines::next);
    Thread.sleep(100);
    assertFalse(on.isDone());
    lines.close();
    assertInstanceOf(IOException.class, on.thrown());
  }

  @Test
  void theTimeIsOverAlsoWhenNobodyAsksForALine() throws Exception {
    Spawn spawn = tree("echo $$ >>$1; echo a; sleep 100 & echo $! >>$1; wait");
    try (Lines lines = spawn.lines(Limit.time(Duration.ofMillis(400)))) {
      List<Long> pids = processes.awaitIn(pids(), 2);
      Thread.sleep(500);
      assertEquals(List.of(), Processes.alive(pids));
      assertEquals("a", assertNotNullLine(lines.next()).text());
      CommandException.TimedOut e = assertThrows(CommandException.TimedOut.class, lines::next);
      assertEquals(137, e.completed().exitValue());
      assertTrue(
          String.valueOf(e.getMessage())
              .endsWith("not over within 0.4s and killed, with its descendants"),
          e::getMessage);
      assertThrows(CommandException.TimedOut.class, lines::finish);
    }
  }

  @Test
  void theTimeIsOverWhileALineIsWaitedFor() throws Exception {
    try (Lines lines = sh("exec sleep 100").lines(Limit.time(Duration.ofMillis(200)))) {
      Iterator<Line> iterator = lines.iterator();
      UncheckedIOException e = assertThrows(UncheckedIOException.class, iterator::hasNext);
      assertInstanceOf(CommandException.TimedOut.class, e.getCause());
    }
    try (Lines lines = sh("exec sleep 100").lines(Limit.time(Duration.ofMillis(200)))) {
      assertThrows(CommandException.TimedOut.class, lines::finish);
    }
    // its streams end before it does
    try (Lines lines = sh("exec sleep 100 >&- 2>&-").lines(Limit.time(Duration.ofMillis(200)))) {
      assertThrows(CommandException.TimedOut.class, lines::finish);
    }
  }

  @Test
  void aLineWithoutEndStopsAtTheLimitOfOutput() throws Exception {
    try (Lines lines = sh("echo first; cat /dev/zero").lines(Limit.output(100_000))) {
      assertEquals("first", assertNotNullLine(lines.next()).text());
      CommandException.TooMuchOutput e =
          assertThrows(CommandException.TooMuchOutput.class, lines::next);
      assertTrue(String.valueOf(e.getMessage()).contains("more than the 100000 bytes"));
      assertEquals(137, e.completed().exitValue());
    }
  }

  @Test
  void anIteratorKeepsToItsContract() throws Exception {
    try (Lines lines = sh("echo a; echo b").lines()) {
      Iterator<Line> iterator = lines.iterator();
      assertTrue(iterator.hasNext());
      assertTrue(iterator.hasNext());
      List<String> texts = new ArrayList<>();
      texts.add(iterator.next().text());
      texts.add(iterator.next().text());
      assertEquals(List.of("a", "b"), texts);
      assertFalse(iterator.hasNext());
      assertThrows(NoSuchElementException.class, iterator::next);
    }
  }

  /** It would be as long as memory is large. */
  @Test
  void aLineWithoutEndComesInParts() throws Exception {
    List<Integer> lengths = new ArrayList<>();
    try (Lines lines = sh("head -c 3000000 /dev/zero | tr '\\0' x").lines()) {
      for (Line line : lines) {
        lengths.add(line.text().length());
      }
    }
    assertEquals(List.of(1 << 20, 1 << 20, 3_000_000 - (1 << 21)), lengths);
  }

  @Test
  void linesEndByLineFeedCarriageReturnOrBoth() throws Exception {
    List<String> texts = new ArrayList<>();
    try (Lines lines = sh("printf 'a\\nb\\rc\\r\\n\\nd'").lines()) {
      lines.forEach(line -> texts.add(line.text()));
    }
    assertEquals(List.of("a", "b", "c", "", "d"), texts);
  }
}
