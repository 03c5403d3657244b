// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.orphans;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.Capability;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** destroyTree: who is ended, for each thing by which a child is known. */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class DestroyTreeTest {
  /** When it is removed, a chain that was left ends. */
  @TempDir Path folder;

  /** By what a child's tree is known. */
  enum Known {
    /** Parent links only. */
    LINKS,
    /** And a process group. */
    GROUP,
    /** And a session. */
    SESSION,
    /** A control group. */
    CGROUP;

    Spawn of(Spawn spawn) {
      return switch (this) {
        case LINKS -> spawn;
        case GROUP -> spawn.newProcessGroup();
        case SESSION -> spawn.newSession();
        case CGROUP -> spawn.killWithParent();
      };
    }
  }

  private static void assumeThere(Known known) {
    assumeTrue(
        known != Known.CGROUP || Capability.KILL_WITH_PARENT_BY_CGROUP.check().isAvailable(),
        "no control group here");
  }

  private static Spawn sh(String mark, String script) {
    return Spawn.command("sh", "-c", script)
        .environment(Witness.VARIABLE, mark)
        .stdin(Redirect.from(new File("/dev/null")))
        .stdout(Redirect.DISCARD)
        .stderr(Redirect.DISCARD);
  }

  private static void assertEnds(Known known, String script, int before, int after)
      throws Exception {
    String mark = UUID.randomUUID().toString();
    try (SpawnedProcess child = known.of(sh(mark, script)).start()) {
      assertTrue(
          Witness.within(5000, () -> Witness.marked(mark).size() == before),
          () -> script + ": " + Witness.marked(mark));
      child.destroyTree();
      assertTrue(child.waitFor(5, java.util.concurrent.TimeUnit.SECONDS));
      Witness.within(2000, () -> Witness.marked(mark).size() == after);
      assertEquals(after, Witness.marked(mark).size(), () -> script + ": " + Witness.marked(mark));
      child.destroyTree(); // of what has ended: nothing
    } finally {
      Witness.end(Witness.marked(mark));
    }
  }

  @ParameterizedTest
  @EnumSource
  void descendantsByParentLinks(Known known) throws Exception {
    assumeThere(known);
    assertEnds(known, "sh -c 'sleep 981; :' & sleep 981 & wait", 4, 0);
    assertEnds(known, "setsid sh -c 'sleep 980; :' & timeout 100 sleep 980; :", 5, 0);
    assertEnds(known, "trap '' TERM; kill -STOP $$; :", 1, 0);
  }

  @ParameterizedTest
  @EnumSource
  void oneWhoseParentHasEnded(Known known) throws Exception {
    assumeThere(known);
    assertEnds(known, "(sleep 979 &); sleep 979 & wait", 3, known == Known.LINKS ? 1 : 0);
  }

  @ParameterizedTest
  @EnumSource
  void belowOneWhoseParentHasEnded(Known known) throws Exception {
    assumeThere(known);
    assertEnds(
        known,
        "(sh -c 'setsid sleep 978; :' &); sleep 978 & wait",
        4,
        known == Known.LINKS ? 2 : 0);
  }

  @ParameterizedTest
  @EnumSource
  void aDaemon(Known known) throws Exception {
    assumeThere(known);
    assertEnds(known, "(setsid sleep 977 &); sleep 977 & wait", 3, known == Known.CGROUP ? 0 : 1);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsLeftWhenTheChildItselfHasEnded(Known known) throws Exception {
    assumeThere(known);
    String mark = UUID.randomUUID().toString();
    try (SpawnedProcess child = known.of(sh(mark, "sleep 976 & exit 3")).start()) {
      assertEquals(3, child.waitFor());
      assertTrue(Witness.within(5000, () -> Witness.marked(mark).size() == 1));
      child.destroyTree();
      int after = known == Known.LINKS ? 1 : 0;
      assertTrue(
          Witness.within(2000, () -> Witness.marked(mark).size() == after),
          () -> known + ": " + Witness.marked(mark));
      assertEquals(3, child.exitValue());
    } finally {
      Witness.end(Witness.marked(mark));
    }
  }

  @Test
  void itsOwnSiblingsAndThisJvmAreLeftAlone() throws Exception {
    String mark = UUID.randomUUID().toString();
    try (SpawnedProcess one = sh(mark + "1", "sleep 975 & wait").start();
        SpawnedProcess other = sh(mark + "2", "sleep 975 & wait").start()) {
      assertTrue(Witness.within(5000, () -> Witness.marked(mark).size() == 4));
      one.destroyTree();
      assertEquals(137, one.waitFor());
      Thread.sleep(100);
      assertEquals(2, Witness.marked(mark + "2").size());
      assertTrue(other.isAlive());
      other.destroyTree();
      assertEquals(137, other.waitFor());
      assertTrue(Witness.within(2000, () -> Witness.marked(mark).isEmpty()));
    } finally {
      Witness.end(Witness.marked(mark));
    }
  }

  /** Each starts the next and ends, so that a look through /proc hardly ever finds one alive. */
  @ParameterizedTest
  @EnumSource(names = {"GROUP", "SESSION", "CGROUP"})
  @Needs(Need.PYTHON3)
  void aChainThatNeverLeavesItsGroup(Known known) throws Exception {
    assumeThere(known);
    String mark = UUID.randomUUID().toString();
    Path beats = folder.resolve("beats");
    try (SpawnedProcess child = known.of(sh(mark, "exec " + Witness.chain(beats))).start()) {
      child.waitFor(); // the first link has ended
      assertTrue(Witness.beats(beats), "there is no chain");
      child.destroyTree();
      assertTrue(Witness.isStill(beats), () -> known + ": it goes on");
    }
  }

  /** A tree that grows as fast as it can while it is being ended. */
  @ParameterizedTest
  @EnumSource
  void oneThatGrowsMeanwhile(Known known) throws Exception {
    assumeThere(known);
    String grow = "while :; do sh -c 'sleep 0.01 & sleep 974 & wait' & sleep 0.01; done";
    for (int i = 0; i < 5; i++) {
      String mark = UUID.randomUUID().toString();
      try (SpawnedProcess child = known.of(sh(mark, grow)).start()) {
        assertTrue(Witness.within(5000, () -> Witness.marked(mark).size() > 10));
        child.destroyTree();
        assertTrue(
            Witness.within(2000, () -> Witness.marked(mark).isEmpty()),
            () -> List.of(known, Witness.marked(mark)).toString());
      } finally {
        Witness.end(Witness.marked(mark));
      }
    }
  }
}
