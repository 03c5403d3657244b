// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.Capability;
import io.github.noinherit.examples.Client;
import io.github.noinherit.examples.Example;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands note in files what they do, and /proc says who is alive. */
@Counted(warmUp = SupervisorTest.WarmUp.class)
class SupervisorTest {
  /** What asking for control groups leaves: a guardian, and how it is spoken to. */
  static final class WarmUp implements Runnable {
    @Override
    public void run() {
      Capability.KILL_WITH_PARENT_BY_CGROUP.check();
    }
  }

  @TempDir Path folder;

  private Example start(String means, String... lines) throws IOException {
    Path file = Files.write(folder.resolve("Procfile"), List.of(lines));
    assumeTrue(
        !means.equals("cgroup") || Capability.KILL_WITH_PARENT_BY_CGROUP.check().isAvailable(),
        "no control group can be made here");
    return Example.start(
        folder,
        ChildJvm.of(Supervisor.class)
            .flags("-Dnoinherit.killWithParent=" + means)
            .arguments(file.toString())
            .command());
  }

  /** A command that notes when it starts, in nanoseconds. */
  private String noting(Path file, String andThen) {
    return "date +%s%N >>" + file + "; " + andThen;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aCommandThatEndsIsRestartedAndThePauseGrows() throws Exception {
    Path starts = folder.resolve("starts");
    try (Example supervisor = start("groups", "# comment", "", "x: " + noting(starts, "exit 3"))) {
      supervisor.await("five starts", () -> lines(starts).size() >= 5);
      List<Long> at = lines(starts).stream().limit(5).map(Long::parseLong).toList();
      long pause = 100;
      List<Long> waited = new ArrayList<>();
      for (int i = 1; i < at.size(); i++) {
        waited.add((at.get(i) - at.get(i - 1)) / 1_000_000);
        assertTrue(waited.getLast() >= pause, () -> "milliseconds between starts: " + waited);
        pause *= 2;
      }
      assertTrue(supervisor.err().contains("x: has ended (3), it is started again in 100 ms"));
    }
  }

  @Test
  void outputHasItsCommandsNameAndItsStream() throws Exception {
    try (Example supervisor =
        start(
            "groups",
            "one: echo to out; echo to err >&2; printf 'no line end'; exec sleep 1000",
            "two: echo second; seq 20000; echo last; exec sleep 1000")) {
      supervisor.await("all lines", () -> supervisor.out().contains("two | last\n"));
      supervisor.await("errors", () -> supervisor.err().contains("one ! to err\n"));
      List<String> two = supervisor.out().lines().filter(l -> l.startsWith("two | ")).toList();
      assertEquals(20_002, two.size());
      assertEquals("two | 20000", two.get(20_000));
      supervisor.await("output", () -> supervisor.out().contains("one | to out\n"));
      assertTrue(!supervisor.err().contains("to out") && !supervisor.out().contains("to err"));
      supervisor.signal("TERM");
      assertEquals(143, supervisor.status());
      assertTrue(supervisor.out().contains("one | no line end\n"), "the last words");
    }
  }

  @Test
  void theLastWordsOfOneThatEndsAreHeard() throws Exception {
    try (Example supervisor = start("groups", "x: seq 5000; echo >&2 bye; exit 1")) {
      supervisor.await("it ends twice", () -> supervisor.err().contains("again in 200 ms"));
      assertTrue(supervisor.out().startsWith("x | 1\n"), supervisor::out);
      assertTrue(supervisor.out().lines().filter("x | 5000"::equals).count() >= 2);
      assertTrue(supervisor.err().lines().filter("x ! bye"::equals).count() >= 2);
    }
  }

  /** What is left behind would have its port still, and the second start could not listen. */
  @ParameterizedTest
  @ValueSource(strings = {"cgroup", "groups"})
  void whatACommandHasLeftBehindIsGoneWhenItIsRestarted(String means) throws Exception {
    Path file = folder.resolve("pids");
    try (Example supervisor = start(means, "x: sleep 1000 & echo $! >>" + file)) {
      supervisor.await("three starts", () -> lines(file).size() >= 3);
      List<Long> left = lines(file).stream().limit(2).map(Long::parseLong).toList();
      List<Long> alive = supervisor.alive();
      assertTrue(left.stream().noneMatch(alive::contains), () -> left + " of " + alive);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cgroup", "groups"})
  @Needs(Need.PYTHON3)
  void whenItIsKilledNobodyIsLeft(String means) throws Exception {
    int port = Client.freePort();
    try (Example supervisor = startTrees(means, port)) {
      supervisor.signal("KILL");
      supervisor.status();
      supervisor.assertIsGoneInASecond(port);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cgroup", "groups"})
  @Needs(Need.PYTHON3)
  void whenItIsToldToEndNobodyIsLeft(String means) throws Exception {
    int port = Client.freePort();
    try (Example supervisor = startTrees(means, port)) {
      supervisor.signal("TERM");
      assertEquals(143, supervisor.status());
      supervisor.assertIsGoneInASecond(port);
      assertTrue(supervisor.out().contains("polite | bye\n"), supervisor::out);
    }
  }

  private static String server(int port) {
    return """
    exec python3 -c 'import socket, time; s = socket.create_server(("127.0.0.1", %d));\
     print("listens", flush=True); time.sleep(1000)'\
    """
        .formatted(port);
  }

  /** Until all are there; they are told by what they do, or by how many they are. */
  private Example startTrees(String means, int port) throws Exception {
    Example supervisor =
        start(
            means,
            "server: " + server(port),
            "tree: sh -c 'sleep 999; :' & setsid sleep 999 & echo ready; wait",
            "polite: trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.1; done",
            "deaf: trap '' TERM HUP INT; echo ready; sleep 999; :");
    try {
      for (String line :
          List.of("server | listens", "tree | ready", "polite | ready", "deaf | ready")) {
        supervisor.await(line, () -> supervisor.out().contains(line + "\n"));
      }
      // it, its guardian; server 1, tree 4, polite 1 or 2, deaf 2
      supervisor.await("all", () -> supervisor.alive().size() >= 9);
      return supervisor;
    } catch (Throwable e) {
      supervisor.close();
      throw e;
    }
  }
}
