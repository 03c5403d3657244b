// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.LeafReport;
import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A Spawn made from a ProcessBuilder starts what that would have started. */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class FromProcessBuilderTest {
  @TempDir Path folder;

  private static Arguments builder(String name, Consumer<ProcessBuilder> change) {
    return Arguments.of(name, change);
  }

  static Stream<Arguments> builders() {
    return Stream.of(
        builder("plain", b -> {}),
        builder(
            "arguments",
            b -> b.command().addAll(List.of("", " ", "a b", "\"'\\", "*", "ü€漢", "-"))),
        builder(
            "environment", b -> b.environment().putAll(Map.of("Ä", "ö", "EMPTY", "", "EQ", "a=b"))),
        builder("less environment", b -> b.environment().remove("PATH")),
        builder("no environment", b -> b.environment().clear()),
        builder("directory", b -> b.directory(new File("/usr"))),
        builder("relative directory", b -> b.directory(new File("target"))),
        builder("inherit", ProcessBuilder::inheritIO),
        builder("merge", b -> b.redirectErrorStream(true)),
        builder("discard", b -> b.redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD)),
        builder("from", b -> b.redirectInput(new File("/etc/hostname"))),
        builder("append", b -> b.redirectError(Redirect.appendTo(new File("/dev/null")))),
        builder(
            "all",
            b -> {
              b.directory(new File("/")).redirectInput(new File("/dev/zero"));
              b.redirectOutput(new File("/dev/null")).redirectErrorStream(true);
              b.environment().put("X", "1");
              b.command().add("last");
            }));
  }

  private ProcessBuilder leaf(Path report, Consumer<ProcessBuilder> change) {
    ProcessBuilder builder =
        new ProcessBuilder(new ArrayList<>(List.of(Leaf.program().toString())));
    builder.command().addAll(List.of("--report", report.toString()));
    change.accept(builder);
    return builder;
  }

  private static Map<Integer, String> streams(LeafReport report) {
    Map<Integer, String> streams = new TreeMap<>();
    report
        .table()
        .descriptors()
        .forEach(
            (n, d) -> {
              boolean pipe = d.link().startsWith("pipe:");
              String which = pipe ? "pipe" : d.device() + ":" + d.inode() + " " + d.link();
              streams.put(n, which + " " + Integer.toOctalString(d.flags()));
            });
    return streams;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("builders")
  void theChildSeesTheSame(String name, Consumer<ProcessBuilder> change) throws Exception {
    Path report = folder.resolve("report");
    assertEquals(0, leaf(report, change).start().waitFor());
    LeafReport theirs = LeafReport.read(report);
    Files.delete(report);
    assertEquals(0, Spawn.from(leaf(report, change)).start().waitFor());
    LeafReport ours = LeafReport.read(report);
    assertEquals(theirs.escapedArguments(), ours.escapedArguments());
    assertEquals(sorted(theirs.escapedEnvironment()), sorted(ours.escapedEnvironment()));
    assertEquals(theirs.escapedDirectory(), ours.escapedDirectory());
    assertEquals(streams(theirs), streams(ours));
    assertEquals(theirs.umask(), ours.umask());
    assertEquals(theirs.softDescriptorLimit(), ours.softDescriptorLimit());
    assertEquals(theirs.hardDescriptorLimit(), ours.hardDescriptorLimit());
    assertEquals(theirs.processGroup(), ours.processGroup());
    assertEquals(theirs.session(), ours.session());
    assertEquals(ordinary(theirs.ignoredSignals()), ordinary(ours.ignoredSignals()));
  }

  /** Without 32 and 33, glibc's own: its posix_spawn leaves them ignored in the child. */
  private static long ordinary(long signals) {
    return signals & ~(3L << 31);
  }

  private static List<String> sorted(List<String> environment) {
    return environment.stream().sorted().toList();
  }

  @Test
  void theBuilderStaysAsItIsAndIsCopied() throws Exception {
    Path report = folder.resolve("report");
    ProcessBuilder builder = leaf(report, b -> b.environment().put("V", "1"));
    Spawn spawn = Spawn.from(builder);
    builder.environment().put("V", "2");
    builder.command().add("later");
    spawn.environment("W", "3");
    assertEquals(0, spawn.start().waitFor());
    LeafReport ours = LeafReport.read(report);
    assertEquals("1", ours.environment().get("V"));
    assertEquals(3, ours.arguments().size());
    assertEquals(null, builder.environment().get("W"));
  }

  @Test
  void anEmptyCommandIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Spawn.from(new ProcessBuilder(List.of())));
    assertThrows(IllegalArgumentException.class, () -> Spawn.command());
    assertThrows(IllegalArgumentException.class, () -> Spawn.command(List.of()));
  }
}
