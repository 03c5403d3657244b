// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.orphans;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.Capability;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.orphans.Scene.Means;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The control group of a child is there as long as somebody is in it. */
@Counted(warmUp = WarmUp.class)
class CgroupLeavesTest {
  @BeforeEach
  void isThere() {
    assumeTrue(
        Capability.KILL_WITH_PARENT_BY_CGROUP.check().isAvailable(), "no control group here");
  }

  /** Those of the children of this JVM. */
  private static List<Path> leaves() {
    try {
      Path own = Witness.cgroups(ProcessHandle.current().pid()).getFirst();
      try (var all = Files.list(own)) {
        return all.filter(Files::isDirectory).toList();
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Path leafOf(Process child) throws IOException {
    for (Path leaf : leaves()) {
      if (Files.readAllLines(leaf.resolve("cgroup.procs")).contains("" + child.pid())) {
        return leaf;
      }
    }
    throw new AssertionError("process " + child.pid() + " is in none of " + leaves());
  }

  @Test
  void whenTheChildEndsItIsGone() throws Exception {
    int before = leaves().size();
    for (int i = 0; i < 20; i++) {
      Process child = Spawn.command("sh", "-c", "read x").killWithParent().start();
      Path leaf = leafOf(child);
      child.getOutputStream().close();
      child.waitFor();
      assertTrue(Witness.within(2000, () -> !Files.exists(leaf)));
    }
    assertEquals(before, leaves().size());
  }

  @Test
  void whenOthersAreLeftItGoesWithTheLast() throws Exception {
    String mark = UUID.randomUUID().toString();
    try {
      Process child =
          Spawn.command("sh", "-c", "setsid sleep 971 & setsid sleep 971 & read x; exit 0")
              .environment(Witness.VARIABLE, mark)
              .killWithParent()
              .start();
      Path leaf = leafOf(child);
      child.getOutputStream().close();
      child.waitFor();
      assertTrue(Witness.within(5000, () -> Witness.marked(mark).size() == 2));
      Thread.sleep(50);
      assertTrue(Files.exists(leaf));
      Witness.end(List.of(Witness.marked(mark).getFirst()));
      assertTrue(Witness.within(2000, () -> Witness.marked(mark).size() == 1));
      Thread.sleep(50);
      assertTrue(Files.exists(leaf));
      Witness.end(Witness.marked(mark));
      assertTrue(Witness.within(2000, () -> !Files.exists(leaf)));
    } finally {
      Witness.end(Witness.marked(mark));
    }
  }

  @Test
  void groupsThatTheChildMadeGoWithIt() throws Exception {
    try (SpawnedProcess child = Spawn.command("sh", "-c", "read x").killWithParent().start()) {
      Path leaf = leafOf(child);
      Files.createDirectories(leaf.resolve("a/b"));
      child.getOutputStream().close();
      child.waitFor();
      assertTrue(Witness.within(2000, () -> !Files.exists(leaf)));
    }
  }

  @Test
  void aStartThatFailsLeavesNone() {
    int before = leaves().size();
    for (int i = 0; i < 5; i++) {
      Spawn spawn = Spawn.command("/etc/passwd").killWithParent();
      org.junit.jupiter.api.Assertions.assertThrows(IOException.class, spawn::start);
    }
    assertEquals(before, leaves().size());
  }

  /** A JVM in a child's group has groups of its own in it, and they go with it. */
  @Test
  void oneInTheOther() throws Exception {
    String mark = UUID.randomUUID() + ":";
    List<String> inner = Means.CGROUP.jvm(Scene.class, mark).command();
    try (SpawnedProcess child =
        Spawn.command(inner).stderr(ProcessBuilder.Redirect.DISCARD).killWithParent().start()) {
      Path leaf = leafOf(child);
      var out = child.outputWriter();
      out.write("!inner setsid sleep 970\n");
      out.flush();
      assertTrue(Witness.within(10_000, () -> Witness.marked(mark).size() == 1));
      Path innermost = Path.of(leaf.toString(), "noinherit-" + child.pid());
      try (var below = Files.list(leaf)) {
        assertTrue(below.anyMatch(p -> p.toString().startsWith(innermost.toString())));
      }
      child.destroyTree();
      child.waitFor();
      assertTrue(Witness.within(2000, () -> Witness.marked(mark).isEmpty()));
      assertTrue(Witness.within(2000, () -> !Files.exists(leaf)));
      assertTrue(Witness.within(2000, () -> Witness.guardians(child.pid()).isEmpty()));
    } finally {
      Witness.end(Witness.marked(mark));
    }
  }

  /** Who kills a process with all its descendants kills the guardian too. */
  @Test
  void whatAGuardianCouldNotRemoveTheNextParentDoes() throws Exception {
    String mark = UUID.randomUUID() + ":";
    long killed;
    try (ChildJvm.Running parent = Means.CGROUP.jvm(Scene.class, mark).start()) {
      parent.readLine();
      killed = parent.pid();
      Path group = Witness.cgroups(killed).getFirst();
      Files.createDirectories(group.resolve("1/a"));
      // the end of this block kills it so
    }
    assertTrue(Witness.within(2000, () -> Witness.guardians(killed).isEmpty()));
    assertEquals(1, Witness.cgroups(killed).size());
    try (ChildJvm.Running next = Means.CGROUP.jvm(Scene.class, mark).start();
        var _ = Scene.ending(next)) {
      next.readLine();
      assertEquals(List.of(), Witness.cgroups(killed));
      // and not those of the living
      assertEquals(1, Witness.cgroups(next.pid()).size());
      assertEquals(1, Witness.cgroups(ProcessHandle.current().pid()).size());
    }
  }

  /** The same when the outer parent is killed, which is not this JVM. */
  @Test
  void oneInTheOtherWhenTheOuterIsKilled() throws Exception {
    String mark = UUID.randomUUID() + ":";
    String inner = String.join(" ", Means.CGROUP.jvm(Scene.class, mark).command());
    try (ChildJvm.Running outer = Means.CGROUP.jvm(Scene.class, mark).start();
        var _ = Scene.ending(outer)) {
      outer.readLine();
      var out = outer.process().getOutputStream();
      out.write(
          ("jvm (echo '!x sleep 969'; sleep 968) | " + inner + "\n")
              .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      out.flush();
      assertTrue(Witness.within(10_000, () -> Witness.marked(mark + "x").size() == 1));
      outer.process().destroyForcibly().waitFor();
      assertTrue(Witness.within(1000, () -> Witness.marked(mark).isEmpty()));
      assertTrue(Witness.within(1000, () -> Witness.guardians(outer.pid()).isEmpty()));
      assertEquals(List.of(), Witness.cgroups(outer.pid()));
    } finally {
      Witness.end(Witness.marked(mark));
    }
  }
}
