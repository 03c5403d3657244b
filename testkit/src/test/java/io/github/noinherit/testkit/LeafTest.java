// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Counted
class LeafTest {
  @TempDir Path folder;

  static Stream<Path> leaves() {
    return Stream.concat(Leaf.compiledProgram().stream(), Stream.of(Leaf.shellProgram()));
  }

  @Test
  @Needs(Need.COMPILER)
  void theProgramIsCompiledWhereThereIsACompiler() {
    assertEquals(Leaf.compiledProgram().orElseThrow(), Leaf.program());
  }

  @ParameterizedTest
  @MethodSource("leaves")
  void reportsExactlyTheDescriptorsThatANaiveChildInherits(Path leaf) throws Exception {
    Path file = Files.createFile(folder.resolve("inherited"));
    Path report = folder.resolve("report");
    int inheritable = RawFlags.openInheritable(file);
    int closed = RawFlags.openInheritable(file);
    RawFlags.setCloseOnExec(closed, true);
    try {
      assertEquals(0, NaiveForker.run(leaf, "--report", report.toString()));
      LeafReport child = LeafReport.read(report);
      DescriptorTable mine = DescriptorTable.ofThisProcess();
      List<Descriptor> expected =
          mine.descriptors().values().stream().filter(d -> !d.closeOnExec()).toList();
      assertEquals(expected, List.copyOf(child.table().descriptors().values()));
      assertTrue(child.table().get(inheritable).isPresent());
      assertTrue(
          child.table().get(inheritable).orElseThrow().sameFile(mine.get(closed).orElseThrow()));
      assertTrue(child.table().get(closed).isEmpty());
    } finally {
      RawFlags.close(inheritable);
      RawFlags.close(closed);
    }
  }

  @ParameterizedTest
  @MethodSource("leaves")
  void reportsNothingOfItsOwnInACleanTable(Path leaf) throws Exception {
    LeafReport report = run(leaf, List.of(), Map.of());
    assertEquals(Set.of(0, 1, 2), report.table().numbers(), report.table().toString());
    assertTrue(report.extraDescriptors().isEmpty());
    assertFalse(report.table().get(1).orElseThrow().closeOnExec());
  }

  @ParameterizedTest
  @MethodSource("leaves")
  void worksWithTheStandardStreamsClosed(Path leaf) throws Exception {
    Path file = folder.resolve("report");
    Process child =
        new ProcessBuilder(
                "sh", "-c", "exec \"$0\" --report \"$1\" <&- >&- 2>&-", leaf.toString(), "" + file)
            .start();
    assertEquals(0, exitOf(child));
    assertEquals(Set.of(), LeafReport.read(file).table().numbers());
  }

  @ParameterizedTest
  @MethodSource("leaves")
  void tellsArgumentsAndEnvironmentByteForByte(Path leaf) throws Exception {
    LeafReport report =
        run(
            leaf,
            List.of("", "blank and \\ and\nnewline", "caf\u00e9", "--report"),
            Map.of("odd.name", "two\nlines", "N", "\u00fc"));
    List<String> expected = new ArrayList<>(List.of("", "blank and \\ and\nnewline", "caf\u00e9"));
    expected.add("--report");
    assertEquals(expected, report.arguments().subList(3, 7));
    assertEquals("two\nlines", report.environment().get("odd.name"));
    assertTrue(
        report.escapedEnvironment().contains("N=\\xc3\\xbc"),
        report.escapedEnvironment().toString());
    assertEquals(Set.of("odd.name", "N", "PATH"), report.environment().keySet());
    assertEquals(folder.toRealPath(), report.directory());
  }

  @ParameterizedTest
  @MethodSource("leaves")
  void tellsSignalsLimitsUmaskAndIds(Path leaf) throws Exception {
    Path file = folder.resolve("report");
    Process child =
        new ProcessBuilder(
                "sh",
                "-c",
                "trap '' HUP; umask 027; ulimit -S -n 100; exec \"$0\" --report \"$1\"",
                leaf.toString(),
                file.toString())
            .start();
    assertEquals(0, exitOf(child));
    LeafReport report = LeafReport.read(file);
    assertTrue(report.isIgnored(1));
    assertFalse(report.isIgnored(15));
    assertFalse(report.isBlocked(10));
    assertEquals(0_027, report.umask());
    assertEquals(100, report.softDescriptorLimit().orElseThrow());
    assertEquals(child.pid(), report.pid());
    assertEquals(ProcessHandle.current().pid(), report.parent());
    assertFalse(report.noNewPrivileges());
  }

  @ParameterizedTest
  @MethodSource("leaves")
  void exitsAsItIsToldAndRefusesUnknownOptions(Path leaf) throws Exception {
    assertEquals(7, exitOf(new ProcessBuilder(leaf.toString(), "--exit", "7").start()));
    assertEquals(96, exitOf(new ProcessBuilder(leaf.toString(), "--bogus").start()));
    assertEquals(
        97, exitOf(new ProcessBuilder(leaf.toString(), "--report", "/nowhere/at/all").start()));
  }

  @ParameterizedTest
  @MethodSource("leaves")
  void quickSaysByItsStatusWhetherAnythingIsOpen(Path leaf) throws Exception {
    assertEquals(0, exitOf(new ProcessBuilder(leaf.toString(), "--quick").start()));
    assertEquals(
        1,
        exitOf(
            new ProcessBuilder("sh", "-c", "exec \"$0\" --quick 5</dev/null", leaf.toString())
                .start()));
  }

  @ParameterizedTest
  @MethodSource("leaves")
  void holdsUntilItIsEnded(Path leaf) throws Exception {
    Path file = folder.resolve("report");
    Process child =
        new ProcessBuilder(leaf.toString(), "--report", "" + file, "--hold", "30").start();
    try {
      LeafReport report = LeafReport.await(file, Duration.ofSeconds(10));
      assertEquals(child.pid(), report.pid());
      assertTrue(child.isAlive());
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  @ParameterizedTest
  @MethodSource("leaves")
  void endsWhenItsParentHasGone(Path leaf) throws Exception {
    Path file = folder.resolve("report");
    Process shell =
        new ProcessBuilder(
                "sh",
                "-c",
                "\"$0\" --report \"$1\" --hold 30 >&- 2>&- & while [ ! -e \"$1\" ]; do sleep 0.01;"
                    + " done",
                leaf.toString(),
                file.toString())
            .start();
    assertEquals(0, exitOf(shell));
    ProcessHandle child = ProcessHandle.of(LeafReport.read(file).pid()).orElse(null);
    if (child != null) {
      child.onExit().get(5, TimeUnit.SECONDS);
    }
  }

  @Test
  @Needs(Need.KCMP)
  void aChildsDescriptorIsComparedWithOursAcrossProcesses() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    Path report = folder.resolve("report");
    int passed = RawFlags.openInheritable(file);
    int other = RawFlags.openInheritable(file);
    long child = NaiveForker.fork(Leaf.program(), "--report", "" + report, "--hold", "30");
    try {
      LeafReport.await(report, Duration.ofSeconds(10));
      long self = ProcessHandle.current().pid();
      assertTrue(RawFlags.isSameDescription(self, passed, child, passed));
      assertFalse(RawFlags.isSameDescription(self, other, child, passed));
    } finally {
      NaiveForker.kill(child);
      NaiveForker.await(child);
      RawFlags.close(passed);
      RawFlags.close(other);
    }
  }

  /** A device or a link given as the report's name must survive it: tests may run as root. */
  @ParameterizedTest
  @MethodSource("leaves")
  void replacesNothingButARegularFile(Path leaf) throws Exception {
    Path target = Files.createFile(folder.resolve("target"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), target);
    assertEquals(0, exitOf(new ProcessBuilder(leaf.toString(), "--report", "" + link).start()));
    assertTrue(Files.isSymbolicLink(link));
    assertFalse(LeafReport.read(target).table().numbers().isEmpty());
    Path fifo = folder.resolve("fifo");
    assertEquals(0, exitOf(new ProcessBuilder("mkfifo", fifo.toString()).start()));
    Process child = new ProcessBuilder(leaf.toString(), "--report", "" + fifo).start();
    try {
      assertFalse(LeafReport.read(fifo).table().numbers().isEmpty());
    } finally {
      exitOf(child);
    }
    assertTrue(Files.readAttributes(fifo, BasicFileAttributes.class).isOther());
  }

  @Test
  @Needs({Need.COMPILER, Need.KCMP})
  void tellsWhetherTwoNumbersAreOneDescription() throws Exception {
    Path file = folder.resolve("report");
    Process child =
        new ProcessBuilder(
                "sh",
                "-c",
                "exec \"$0\" --report \"$1\" --ofd 5 6 --ofd 5 7 5</dev/null 6<&5 7</dev/null",
                Leaf.program().toString(),
                file.toString())
            .start();
    assertEquals(0, exitOf(child));
    assertEquals(
        Map.of("5 6", "same", "5 7", "different"), LeafReport.read(file).sameDescription());
  }

  private LeafReport run(Path leaf, List<String> arguments, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path file = folder.resolve("report");
    List<String> command = new ArrayList<>(List.of(leaf.toString(), "--report", file.toString()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    String path = builder.environment().get("PATH");
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("PATH", path);
    assertEquals(0, exitOf(builder.start()));
    return LeafReport.read(file);
  }

  private static int exitOf(Process child) throws IOException, InterruptedException {
    try (var in = child.getOutputStream()) {
      in.flush();
      String said = new String(child.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(child.waitFor(20, TimeUnit.SECONDS), "still running");
      assertFalse(said.contains("Syntax"), said);
      return child.exitValue();
    } finally {
      child.destroyForcibly();
    }
  }
}
