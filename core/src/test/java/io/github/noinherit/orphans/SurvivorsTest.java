// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.orphans;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.orphans.Scene.Means;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The table of docs/orphans.md: who survives when the parent is killed, for each means.
 *
 * <p>How this works: a JVM starts one child for each row, all of them at once; each has a mark in
 * its environment. When as many processes have it as the row says, the JVM is killed. A second
 * later those that are left must be exactly those of the table.
 */
@Counted(warmUp = WarmUp.class)
class SurvivorsTest {
  /** When it is removed, a chain that was left ends. */
  @TempDir Path folder;

  /**
   * A row.
   *
   * @param line what {@link Scene} is to start
   * @param before how many processes there are before the parent is killed
   * @param afterGroups how many there are afterwards, where groups are used
   */
  private record Row(String name, String line, int before, int afterGroups) {}

  private static final List<Row> TABLE =
      List.of(
          new Row("plain", "!plain sleep 1000", 1, 0),
          new Row("grandchildren", "grandchildren sh -c 'sleep 999; :' & sleep 999 & wait", 4, 0),
          new Row("left-in-group", "left-in-group sleep 998 & exit 0", 1, 0),
          new Row("below-left", "below-left (sh -c 'setsid sleep 997; :' &); exit 0", 2, 0),
          new Row("timeout", "!timeout timeout 1000 sleep 996", 2, 0),
          new Row("timeout-below", "timeout-below timeout 1000 sleep 995; :", 3, 0),
          new Row("setsid-below", "setsid-below setsid sleep 994; :", 2, 0),
          new Row("setsid", "!setsid setsid sleep 993", 1, 1),
          new Row("daemon", "daemon setsid sh -c 'sleep 992 & :' & wait", 1, 1),
          new Row("ignores-term", "ignores-term trap '' TERM HUP INT; sleep 991; :", 2, 0),
          new Row("stopped", "stopped kill -STOP $$; sleep 990", 1, 0),
          new Row("stopped-below", "stopped-below sh -c 'kill -STOP $$; :' & sleep 989; :", 3, 0));

  private static final Row KILLS_ITS_GROUP =
      new Row("kills-its-group", "kills-its-group sleep 988 & kill -KILL 0", 0, 0);

  private static void tell(ChildJvm.Running parent, String line) throws IOException {
    var out = parent.process().getOutputStream();
    out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  private static Map<String, Integer> wanted(List<Row> rows, boolean before, boolean isCgroup) {
    Map<String, Integer> wanted = new TreeMap<>();
    for (Row row : rows) {
      wanted.put(row.name(), before ? row.before() : isCgroup ? 0 : row.afterGroups());
    }
    return wanted;
  }

  @ParameterizedTest
  @EnumSource
  void areThoseOfTheTable(Means means) throws Exception {
    assumeTrue(Scene.isThere(means), "no control group here");
    List<Row> rows = new java.util.ArrayList<>(TABLE);
    if (!means.isCgroup()) {
      // by a control group it stays in its parent's process group, and kills that
      rows.add(KILLS_ITS_GROUP);
    }
    assertTable(means, rows);
  }

  @ParameterizedTest
  @EnumSource(names = {"CGROUP", "CGROUP_BY_CLONE"})
  void aChildThatKillsItsParentsGroupTakesItsSiblingsWithIt(Means means) throws Exception {
    assumeTrue(Scene.isThere(means), "no control group here");
    String mark = UUID.randomUUID() + ":";
    // of a group of its own, or this JVM would be killed too
    List<String> command = new java.util.ArrayList<>(List.of("setsid"));
    command.addAll(means.jvm(Scene.class, mark).command());
    Process parent =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try {
      var out = parent.getOutputStream();
      out.write(
          "!plain setsid sleep 987\nkills kill -KILL 0\n".getBytes(StandardCharsets.US_ASCII));
      out.flush();
      assertTrue(Witness.within(20_000, () -> !parent.isAlive()), "the parent was not killed");
      assertTrue(
          Witness.within(1000, () -> Witness.marked(mark).isEmpty()),
          () -> "alive: " + Witness.marked(mark));
      assertNothingIsLeftOf(parent.pid());
    } finally {
      parent.destroyForcibly().waitFor();
      Witness.end(Witness.marked(mark));
      parent.getInputStream().close();
    }
  }

  private static void assertTable(Means means, List<Row> rows) throws Exception {
    String mark = UUID.randomUUID() + ":";
    List<String> names = rows.stream().map(Row::name).toList();
    try (ChildJvm.Running parent = means.jvm(Scene.class, mark).start();
        var _ = Scene.ending(parent)) {
      String answer = parent.readLine();
      assertTrue(answer.contains(means.isCgroup() ? "control group" : "groups"), answer);
      for (Row row : rows) {
        tell(parent, row.line());
        assertTrue(Integer.parseInt(parent.readLine()) > 0);
      }
      Map<String, Integer> before = wanted(rows, true, means.isCgroup());
      assertTrue(
          Witness.within(10_000, () -> Witness.count(mark, names).equals(before)),
          () -> before + " wanted, there are " + Witness.count(mark, names));
      assertEquals(1, Witness.guardians(parent.pid()).size());
      assertEquals(means.isCgroup() ? 1 : 0, Witness.cgroups(parent.pid()).size());
      long pid = parent.pid();
      parent.process().destroyForcibly().waitFor();
      Map<String, Integer> after = wanted(rows, false, means.isCgroup());
      Witness.within(1000, () -> Witness.count(mark, names).equals(after));
      assertEquals(after, Witness.count(mark, names));
      assertNothingIsLeftOf(pid);
      // and those that survive do so for good
      Thread.sleep(100);
      assertEquals(after, Witness.count(mark, names));
    } finally {
      Witness.end(Witness.marked(mark));
    }
  }

  @ParameterizedTest
  @EnumSource
  void anExitIsAnEndAsWell(Means means) throws Exception {
    assumeTrue(Scene.isThere(means), "no control group here");
    for (String way : List.of("exit", "throw")) {
      String mark = UUID.randomUUID() + ":";
      try (ChildJvm.Running parent = means.jvm(Scene.class, mark).start();
          var _ = Scene.ending(parent)) {
        parent.readLine();
        tell(parent, "tree sleep 986 & wait");
        parent.readLine();
        assertTrue(Witness.within(5000, () -> Witness.marked(mark).size() == 2));
        tell(parent, way);
        parent.process().waitFor();
        assertTrue(Witness.within(1000, () -> Witness.marked(mark).isEmpty()), way);
        assertNothingIsLeftOf(parent.pid());
      } finally {
        Witness.end(Witness.marked(mark));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  @Needs(Need.PYTHON3)
  void aChainThatNeverLeavesItsGroupDoesNotSurvive(Means means) throws Exception {
    assumeTrue(Scene.isThere(means), "no control group here");
    String mark = UUID.randomUUID() + ":";
    Path beats = folder.resolve("beats");
    try (ChildJvm.Running parent = means.jvm(Scene.class, mark).start();
        var _ = Scene.ending(parent)) {
      parent.readLine();
      tell(parent, "chain exec " + Witness.chain(beats));
      parent.readLine();
      assertTrue(Witness.beats(beats), "there is no chain");
      parent.process().destroyForcibly().waitFor();
      assertTrue(Witness.within(1000, () -> Witness.guardians(parent.pid()).isEmpty()));
      assertTrue(Witness.isStill(beats), "it goes on");
    }
  }

  /** The process goes on, but the program that had the children has ended. */
  @ParameterizedTest
  @EnumSource
  void aRestartInPlaceIsAnEndAsWell(Means means) throws Exception {
    assumeTrue(Scene.isThere(means), "no control group here");
    String mark = UUID.randomUUID() + ":";
    try (ChildJvm.Running parent = means.jvm(Scene.class, mark).start();
        var _ = Scene.ending(parent)) {
      parent.readLine();
      tell(parent, "before sleep 985 & wait");
      parent.readLine();
      assertTrue(Witness.within(5000, () -> Witness.marked(mark).size() == 2));
      tell(parent, "restart");
      parent.readLine();
      assertTrue(
          Witness.within(1000, () -> Witness.marked(mark).isEmpty()),
          () -> "alive: " + Witness.marked(mark));
      // those of the new program, which asks for them as it begins
      assertTrue(Witness.within(1000, () -> Witness.guardians(parent.pid()).size() == 1));
      assertEquals(means.isCgroup() ? 1 : 0, Witness.cgroups(parent.pid()).size());
      tell(parent, "after sleep 984 & wait");
      parent.readLine();
      assertTrue(Witness.within(5000, () -> Witness.marked(mark).size() == 2));
      parent.process().destroyForcibly().waitFor();
      assertTrue(Witness.within(1000, () -> Witness.marked(mark).isEmpty()));
      assertNothingIsLeftOf(parent.pid());
    } finally {
      Witness.end(Witness.marked(mark));
    }
  }

  private static void assertNothingIsLeftOf(long parent) throws Exception {
    assertTrue(
        Witness.within(1000, () -> Witness.guardians(parent).isEmpty()),
        () -> "guardian: " + Witness.guardians(parent));
    assertEquals(List.of(), Witness.cgroups(parent));
  }
}
