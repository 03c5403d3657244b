// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.LeafReport;
import io.github.noinherit.testkit.RawFlags;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A parent without some of its standard streams, each subset of them: closed before the JVM was
 * started (where the JVM itself then puts what it opens), and closed by the program later.
 */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class ClosedStandardStreamsTest {
  @TempDir Path folder;

  /** RESULT FOLDER CLOSE…: closes these numbers itself, starts children, writes what it saw. */
  static final class Probe {
    public static void main(String[] arguments) throws Exception {
      Path result = Path.of(arguments[0]);
      Path folder = Path.of(arguments[1]);
      List<String> lines = new ArrayList<>();
      try {
        for (int i = 2; i < arguments.length; i++) {
          RawFlags.close(Integer.parseInt(arguments[i]));
        }
        look(folder, lines);
      } catch (Throwable t) {
        java.io.StringWriter stack = new java.io.StringWriter();
        t.printStackTrace(new java.io.PrintWriter(stack));
        lines.add(stack.toString());
      }
      Files.write(folder.resolve("part"), lines);
      Files.move(folder.resolve("part"), result);
    }

    private static void look(Path folder, List<String> lines) throws Exception {
      Leaf.program();
      Map<Integer, String> before = standard(DescriptorTable.ofThisProcess());
      SpawnedLeaf inherits = SpawnedLeaf.in(folder);
      inherits.spawn().inheritIO();
      Map<Integer, String> child = standard(inherits.run().table());
      Map<Integer, String> after = standard(DescriptorTable.ofThisProcess());
      lines.add(child.equals(before) ? "inherits the same" : "inherits " + child + " of " + before);
      lines.add(after.equals(before) ? "nothing there" : "now " + after + ", before " + before);
      Path file = Files.createTempFile(folder, "f", null);
      // the channel itself may sit in 0 to 2: then it is the program's own, and passed all the same
      try (FileChannel passed = FileChannel.open(file)) {
        LeafReport report = SpawnedLeaf.listen(SpawnedLeaf.talking().passAs(5, passed).start());
        boolean exact =
            SpawnedLeaf.identities(report).equals(Map.of(5, SpawnedLeaf.identity(file)));
        lines.add(exact ? "exact" : report.table().toString());
        long pipes =
            report.table().descriptors().headMap(3).values().stream()
                .filter(d -> d.link().startsWith("pipe:"))
                .map(Descriptor::inode)
                .distinct()
                .count();
        lines.add(pipes + " pipes");
      }
      SpawnedProcess cat = Spawn.command("sh", "-c", "cat; cat >&2 </dev/null").start();
      cat.getOutputStream().write("through".getBytes(UTF_8));
      cat.getOutputStream().close();
      lines.add(new String(cat.getInputStream().readAllBytes(), UTF_8) + " " + cat.waitFor());
    }

    private static Map<Integer, String> standard(DescriptorTable table) {
      Map<Integer, String> standard = new TreeMap<>();
      table
          .descriptors()
          .headMap(3)
          .forEach((n, d) -> standard.put(n, d.device() + ":" + d.inode() + " " + d.link()));
      return standard;
    }
  }

  private void run(String shellRedirects, String... closeLater) throws Exception {
    Path result = folder.resolve("result");
    ChildJvm jvm =
        Ways.same(ChildJvm.of(Probe.class)).arguments(result.toString(), folder.toString());
    jvm.arguments(closeLater);
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", "exec \"$@\"" + shellRedirects, "sh"));
    command.addAll(jvm.command());
    Process process = new ProcessBuilder(command).inheritIO().start();
    process.waitFor();
    assertTrue(Files.exists(result), "the child JVM said nothing");
    assertEquals(
        List.of("inherits the same", "nothing there", "exact", "3 pipes", "through 0"),
        Files.readAllLines(result));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
  void closedBeforeTheJvmStarted(int subset) throws Exception {
    StringBuilder redirects = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      if ((subset & 1 << i) != 0) {
        redirects.append(' ').append(i).append(i == 0 ? "<&-" : ">&-");
      }
    }
    run(redirects.toString());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
  void closedByTheProgram(int subset) throws Exception {
    List<String> numbers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      if ((subset & 1 << i) != 0) {
        numbers.add("" + i);
      }
    }
    run("", numbers.toArray(String[]::new));
  }
}
