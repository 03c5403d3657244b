// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.orphans;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.Capability;
import io.github.noinherit.orphans.Scene.Means;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The guardian itself: out of reach, replaced when it ends, and missed where there is none. */
@Counted(warmUp = WarmUp.class)
class GuardianTest {
  private static void tell(ChildJvm.Running parent, String line) throws IOException {
    var out = parent.process().getOutputStream();
    out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  private static void start(ChildJvm.Running parent, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      tell(parent, "tree" + i + " sleep 985 & wait");
      parent.readLine();
    }
  }

  private static int guardian(long parent) {
    return Witness.guardians(parent).getFirst().pid();
  }

  private static String status(int pid, String key) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith(key + ":"))
        .findFirst()
        .orElseThrow()
        .split(":\\s*", 2)[1];
  }

  @ParameterizedTest
  @EnumSource(names = {"CGROUP", "GROUPS"})
  void oneThatIsKilledIsReplacedByOneThatKnowsAll(Means means) throws Exception {
    assumeTrue(Scene.isThere(means), "no control group here");
    String mark = UUID.randomUUID() + ":";
    try (ChildJvm.Running parent = means.jvm(Scene.class, mark).start();
        var _ = Scene.ending(parent)) {
      parent.readLine();
      start(parent, 300); // more than the socket holds at once
      int first = guardian(parent.pid());
      ProcessHandle.of(first).orElseThrow().destroyForcibly();
      assertTrue(
          Witness.within(
              2000,
              () -> Witness.guardians(parent.pid()).size() == 1 && guardian(parent.pid()) != first),
          "no other guardian");
      start(parent, 3);
      // and once more: the second is seen as the first was
      int second = guardian(parent.pid());
      ProcessHandle.of(second).orElseThrow().destroyForcibly();
      start(parent, 3); // at once: those that find no guardian wait for the next
      assertTrue(Witness.within(2000, () -> guardianOtherThan(parent.pid(), second)));
      assertEquals("", parent.err());
      assertTrue(Witness.within(5000, () -> Witness.marked(mark).size() == 2 * 306));
      parent.process().destroyForcibly().waitFor();
      assertTrue(
          Witness.within(1000, () -> Witness.marked(mark).isEmpty()),
          () -> "alive: " + Witness.marked(mark).size());
      assertTrue(Witness.within(1000, () -> Witness.guardians(parent.pid()).isEmpty()));
      assertEquals(List.of(), Witness.cgroups(parent.pid()));
    } finally {
      Witness.end(Witness.marked(mark));
    }
  }

  private static boolean guardianOtherThan(long parent, int pid) {
    var all = Witness.guardians(parent);
    return all.size() == 1 && all.getFirst().pid() != pid;
  }

  @ParameterizedTest
  @EnumSource(names = {"CGROUP", "GROUPS"})
  void itHasASessionOfItsOwnIgnoresSignalsAndHasNothingButItsSocket(Means means) throws Exception {
    assumeTrue(Scene.isThere(means), "no control group here");
    String mark = UUID.randomUUID() + ":";
    try (ChildJvm.Running parent = means.jvm(Scene.class, mark).start();
        var _ = Scene.ending(parent)) {
      parent.readLine();
      int guardian = guardian(parent.pid());
      assertEquals("" + guardian, status(guardian, "NSsid"));
      assertEquals("" + parent.pid(), status(guardian, "PPid"));
      long ignored = Long.parseUnsignedLong(status(guardian, "SigIgn"), 16);
      for (int signal : new int[] {1, 2, 3, 10, 12, 13, 14, 15, 20, 21, 22}) {
        assertTrue((ignored & (1L << (signal - 1))) != 0, "signal " + signal);
      }
      List<String> open = new ArrayList<>();
      try (var all = Files.list(Path.of("/proc/" + guardian + "/fd"))) {
        for (Path fd : all.sorted().toList()) {
          open.add(Files.readSymbolicLink(fd).toString().replaceAll("\\d+", "N"));
        }
      }
      assertEquals(List.of("socket:[N]", "socket:[N]", "/dev/null"), open);
      assertEquals(Path.of("/"), Files.readSymbolicLink(Path.of("/proc/" + guardian + "/cwd")));
    }
  }

  @Test
  void aGuardianThatIsStoppedIsNotWaitedForForEver() throws Exception {
    String mark = UUID.randomUUID() + ":";
    try (ChildJvm.Running parent = Means.GROUPS.jvm(Scene.class, mark).start();
        var _ = Scene.ending(parent)) {
      parent.readLine();
      int guardian = guardian(parent.pid());
      new ProcessBuilder("kill", "-STOP", "" + guardian).start().waitFor();
      try {
        // as many as its socket takes
        for (int i = 0; i < 2000 && parent.process().isAlive(); i++) {
          tell(parent, "!p" + i + " true");
        }
      } catch (IOException e) {
        assertFalse(parent.process().isAlive());
      }
      assertTrue(parent.process().waitFor(30, TimeUnit.SECONDS), "it waits");
      assertTrue(parent.err().contains("does not listen"), parent.err());
      new ProcessBuilder("kill", "-CONT", "" + guardian).start().waitFor();
      assertTrue(Witness.within(2000, () -> Witness.guardians(parent.pid()).isEmpty()));
    } finally {
      Witness.end(Witness.marked(mark));
    }
  }

  /** Says what the capabilities say. */
  static final class Answers {
    private Answers() {}

    public static void main(String[] arguments) throws Exception {
      System.out.println(Capability.KILL_WITH_PARENT.check());
      System.out.println(Capability.KILL_WITH_PARENT_BY_CGROUP.check());
      try {
        io.github.noinherit.Spawn.command("true").killWithParent().start();
        System.out.println("started");
      } catch (UnsupportedOperationException e) {
        System.out.println(e.getMessage());
      }
      io.github.noinherit.Spawn.command("true").start().waitFor();
      System.out.println("without it: started");
    }
  }

  /** The answers of a JVM in a mount namespace in which another file is over the shell. */
  private static List<String> withShell(String file) throws Exception {
    Process trial = new ProcessBuilder("unshare", "--mount", "true").start();
    assumeTrue(trial.waitFor() == 0, "no mount namespace can be made here");
    Path out = Files.createTempFile("answers", ".out");
    try {
      String shell = Path.of("/bin/sh").toRealPath().toString();
      List<String> command = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c"));
      command.add("mount --bind \"$0\" \"$1\" && shift && exec \"$@\"");
      command.addAll(List.of(file, shell));
      command.addAll(ChildJvm.of(Answers.class).command());
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      try {
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
      } finally {
        process.destroyForcibly().waitFor();
        process.getOutputStream().close();
      }
      return Files.readAllLines(out);
    } finally {
      Files.delete(out);
    }
  }

  @Test
  @Needs(Need.ROOT)
  void withoutAShellTheCapabilitySaysNo() throws Exception {
    List<String> lines = withShell("/dev/null");
    for (String line : lines.subList(0, 2)) {
      assertTrue(line.startsWith("Answer[isAvailable=false"), lines::toString);
      assertTrue(line.contains("/bin/sh"), lines::toString);
    }
    assertTrue(lines.get(2).contains("/bin/sh"), lines::toString);
    assertEquals("without it: started", lines.get(3));
  }

  @Test
  @Needs(Need.ROOT)
  void aShellThatIsNoneIsFoundOut() throws Exception {
    List<String> lines = withShell(Path.of("/bin/true").toRealPath().toString());
    assertTrue(lines.getFirst().startsWith("Answer[isAvailable=false"), lines::toString);
    assertTrue(lines.getFirst().contains("/bin/sh ended at once"), lines::toString);
    assertTrue(lines.get(2).contains("/bin/sh ended at once"), lines::toString);
    assertEquals("without it: started", lines.get(3));
  }
}
