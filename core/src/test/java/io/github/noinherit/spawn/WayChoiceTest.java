// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static io.github.noinherit.testkit.SeccompJvm.CLONE_VM_VFORK;
import static io.github.noinherit.testkit.SeccompJvm.ENOSYS;
import static io.github.noinherit.testkit.SeccompJvm.EPERM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Capability;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.internal.spawn.Way;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.LeafReport;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import io.github.noinherit.testkit.SeccompJvm;
import io.github.noinherit.testkit.SeccompJvm.Rule;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Which way is chosen where a container's filter refuses some calls; a child with handles passed
 * works in each, and the capabilities say why it is that way.
 */
@Counted
class WayChoiceTest {
  /** Prints the choice, three answers, and "exact" if a child had just what was passed. */
  static final class Probe {
    public static void main(String[] arguments) throws Exception {
      System.out.println(Way.choice());
      for (Capability c :
          List.of(Capability.SPAWN, Capability.SPAWN_BY_CLONE, Capability.CHILD_LIMITS)) {
        System.out.println(c.check());
      }
      if (Way.choice().way() == null) {
        return;
      }
      Path a = Files.createTempFile("a", null);
      Path b = Files.createTempFile("b", null);
      try (FileChannel first = FileChannel.open(a);
          FileChannel second = FileChannel.open(b)) {
        SpawnedProcess leaf =
            SpawnedLeaf.talking().passAs(5, first).pass("b", second).passAs(40, first).start();
        LeafReport report = SpawnedLeaf.listen(leaf);
        String ia = SpawnedLeaf.identity(a);
        boolean exact =
            SpawnedLeaf.identities(report)
                .equals(Map.of(5, ia, 3, SpawnedLeaf.identity(b), 40, ia));
        System.out.println(exact ? "exact" : report.table().toString());
      } finally {
        Files.delete(a);
        Files.delete(b);
      }
    }
  }

  private static List<String> under(ChildJvm jvm) throws Exception {
    return jvm.run().outOrThrow().lines().toList();
  }

  private static void assertWay(String way, List<String> lines, String... why) {
    assertTrue(
        lines.getFirst().equals(way) || lines.getFirst().startsWith(way + " ("), lines::toString);
    for (String word : why) {
      assertTrue(lines.getFirst().contains(word), () -> word + " in " + lines);
    }
    assertTrue(lines.get(1).contains("isAvailable=true"), lines::toString);
    boolean clone = !way.equals("posix_spawn");
    assertTrue(lines.get(2).contains("isAvailable=" + clone), lines::toString);
    assertTrue(lines.get(3).contains("isAvailable=" + clone), lines::toString);
    assertEquals("exact", lines.getLast());
  }

  @Test
  @Needs({Need.CLONE3, Need.CLOSE_RANGE})
  void withoutAnyFilterItIsClone3() throws Exception {
    assertWay("clone3", under(ChildJvm.of(Probe.class)));
  }

  @Test
  @Needs(Need.SECCOMP)
  void underDockersFilterItIsClone() throws Exception {
    assertWay(
        "clone",
        under(SeccompJvm.of(Probe.class, Rule.answer("clone3", ENOSYS))),
        "clone3: ",
        "ENOSYS");
  }

  @Test
  @Needs(Need.SECCOMP)
  void whereClone3IsForbiddenItIsClone() throws Exception {
    assertWay(
        "clone",
        under(SeccompJvm.of(Probe.class, Rule.answer("clone3", EPERM).sparingLibc())),
        "clone3: ",
        "EPERM");
  }

  @Test
  @Needs(Need.SECCOMP)
  void whereCloneIsForbiddenTooItIsPosixSpawn() throws Exception {
    List<String> lines =
        under(
            SeccompJvm.of(
                Probe.class,
                Rule.answer("clone3", EPERM).sparingLibc(),
                Rule.answer("clone", EPERM).withFlags(CLONE_VM_VFORK).sparingLibc()));
    assertWay("posix_spawn", lines, "clone3: ", "clone: ", "EPERM");
    assertTrue(lines.get(2).contains("EPERM"), lines::toString);
  }

  @Test
  @Needs(Need.SECCOMP)
  void withoutCloseRangeItIsPosixSpawn() throws Exception {
    assertWay(
        "posix_spawn",
        under(SeccompJvm.of(Probe.class, Rule.answer("close_range", ENOSYS))),
        "close_range",
        "ENOSYS");
  }

  @Test
  void anOperatorMayNameTheWay() throws Exception {
    for (Way way : Way.values()) {
      List<String> lines = under(ChildJvm.of(Probe.class).flags("-Dnoinherit.spawn=" + way));
      assertWay(way.toString(), lines, "named by -Dnoinherit.spawn");
    }
  }

  @Test
  void aWayThatIsNoneIsRefusedWithTheNamesOfAll() throws Exception {
    List<String> lines = under(ChildJvm.of(Probe.class).flags("-Dnoinherit.spawn=fork"));
    assertTrue(lines.getFirst().startsWith("none"), lines::toString);
    assertTrue(lines.getFirst().contains("clone3, clone, posix_spawn"), lines::toString);
    assertTrue(lines.get(1).contains("isAvailable=false"), lines::toString);
  }

  @Test
  @Needs(Need.SECCOMP)
  void aNamedWayThatDoesNotWorkIsNotReplacedByAnother() throws Exception {
    List<String> lines =
        under(
            SeccompJvm.of(Probe.class, Rule.answer("clone3", ENOSYS))
                .flags("-Dnoinherit.spawn=clone3"));
    assertTrue(lines.getFirst().startsWith("none (clone3: "), lines::toString);
    assertTrue(lines.getFirst().contains("ENOSYS"), lines::toString);
  }
}
