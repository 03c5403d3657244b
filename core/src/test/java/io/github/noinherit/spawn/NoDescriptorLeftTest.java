// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static java.nio.file.StandardOpenOption.READ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.internal.spawn.Way;
import io.github.noinherit.testkit.Census;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.LeafReport;
import io.github.noinherit.testkit.RawFlags;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * EMFILE halfway: a JVM with a limit of 128 open files fills its table but for k numbers and starts
 * a child with three pipes and a handle passed, for every k until it succeeds. Each failure names
 * EMFILE and leaves nothing, and a start that succeeds is exact.
 */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class NoDescriptorLeftTest {
  /** For each number of free descriptors: how the start went. */
  static final class Probe {
    public static void main(String[] arguments) throws Exception {
      boolean first = arguments[0].equals("first");
      Leaf.program();
      loadClasses();
      Path file = Files.createTempFile("passed", null);
      try (FileChannel passed = FileChannel.open(file, READ)) {
        int source = (int) Handle.of(passed).number();
        if (first) {
          atFirstStart(source);
          return;
        }
        // everything that is made once: classes, reaper, mailbox
        start(passed);
        failWith(passed, source, 0);
        start(passed);
        String wanted = SpawnedLeaf.identity(file);
        for (int free = 0; ; free++) {
          Census before = Census.take();
          String outcome = failWith(passed, source, free);
          List<String> left = Census.leftBehindSince(before, Duration.ofSeconds(2));
          System.out.println(free + " " + outcome + (left.isEmpty() ? "" : " left " + left));
          if (outcome.startsWith("started")) {
            System.out.println(outcome.equals("started {5=" + wanted + "}") ? "exact" : "inexact");
            return;
          }
        }
      } finally {
        Files.delete(file);
      }
    }

    /** Loading a class from a folder takes a descriptor; from a jar that is open it does not. */
    private static void loadClasses() throws Exception {
      for (String entry : System.getProperty("java.class.path").split(":", -1)) {
        Path root = Path.of(entry);
        if (!Files.isDirectory(root)) {
          continue;
        }
        try (Stream<Path> files = Files.walk(root)) {
          for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
            String name = root.relativize(file).toString().replace('/', '.');
            if (!name.equals("module-info.class") && !name.contains("Test")) {
              Class.forName(name.substring(0, name.length() - ".class".length()), false, LOADER);
            }
          }
        }
      }
    }

    private static final ClassLoader LOADER = ClassLoader.getSystemClassLoader();

    private static SpawnedProcess start(FileChannel passed) throws Exception {
      SpawnedProcess leaf = SpawnedLeaf.talking().passAs(5, passed).start();
      leaf.waitFor();
      return leaf;
    }

    private static String failWith(FileChannel passed, int source, int free) throws Exception {
      List<Integer> fill = fill(source, free);
      LeafReport report;
      try {
        report = SpawnedLeaf.listen(start(passed));
      } catch (IOException e) {
        return "failed: " + String.valueOf(e.getMessage()).replace('\n', ' ');
      } finally {
        fill.forEach(RawFlags::close);
      }
      return "started " + SpawnedLeaf.identities(report);
    }

    /** Takes all numbers but the last few. */
    private static List<Integer> fill(int source, int free) {
      List<Integer> taken = new ArrayList<>();
      try {
        while (true) {
          taken.add(RawFlags.dup(source, 0, true));
        }
      } catch (IllegalStateException full) {
        for (int i = 0; i < free; i++) {
          RawFlags.close(taken.removeLast());
        }
      }
      return taken;
    }

    /** A shortage at the very first start decides nothing for later ones. */
    private static void atFirstStart(int source) throws Exception {
      List<Integer> fill = fill(source, 2);
      try {
        Spawn.command("true").inheritIO().start();
        System.out.println("started");
      } catch (IOException | UnsupportedOperationException e) {
        System.out.println("failed: " + e.getMessage());
      } finally {
        fill.forEach(RawFlags::close);
      }
      DescriptorTable before = DescriptorTable.ofThisProcess();
      System.out.println(Spawn.command("true").inheritIO().start().waitFor());
      System.out.println(Way.choice());
      System.out.println(before.numbers().size());
    }
  }

  private static List<String> run(String what) throws Exception {
    ChildJvm jvm = Ways.same(ChildJvm.of(Probe.class)).flags("-XX:-MaxFDLimit").arguments(what);
    List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -n 128; exec \"$@\"", "sh"));
    command.addAll(jvm.command());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    List<String> lines;
    try (var out = process.inputReader()) {
      lines = out.lines().toList();
    }
    assertEquals(0, process.waitFor(), lines::toString);
    return lines;
  }

  @Test
  void everyShortageIsToldAndLeavesNothing() throws Exception {
    List<String> lines = run("each");
    assertTrue(lines.size() > 4, lines::toString);
    for (String line : lines.subList(0, lines.size() - 2)) {
      assertTrue(line.contains("failed: ") && line.contains("EMFILE (24)"), line);
      assertTrue(!line.contains(" left ["), line);
    }
    assertTrue(!lines.get(lines.size() - 2).contains(" left ["), lines::toString);
    assertEquals("exact", lines.getLast());
  }

  @Test
  void aShortageAtTheFirstStartDoesNotChooseTheWayForGood() throws Exception {
    List<String> lines = run("first");
    assertTrue(
        lines.getFirst().contains("EMFILE") || lines.getFirst().equals("started"), lines::toString);
    assertEquals("0", lines.get(1), lines::toString);
    String named = System.getProperty("noinherit.spawn");
    String usual = named == null || named.isEmpty() ? "clone3" : named;
    assertTrue(lines.get(2).startsWith(usual), lines::toString);
  }
}
