// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.testkit.Census;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import io.github.noinherit.testkit.SeccompJvm;
import io.github.noinherit.testkit.SeccompJvm.Rule;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * EAGAIN: no more processes may be started. A filter gives the answer that the kernel gives at
 * RLIMIT_NPROC or a cgroup's pids.max, as those do not bind root and are not everywhere.
 */
@Tag("every-way")
@Needs(Need.SECCOMP)
@Counted(warmUp = WarmUp.class)
class NoProcessLeftTest {
  private static final int EAGAIN = 11;

  /** Starts, is refused ten times, and says what is left. */
  static final class Probe {
    public static void main(String[] arguments) throws Exception {
      Census before = Census.take();
      for (int i = 0; i < 10; i++) {
        try (SpawnedProcess child = Spawn.command("true").start()) {
          System.out.println("started " + child.waitFor());
        } catch (IOException e) {
          System.out.println("failed: " + e.getMessage());
        }
        if (i == 0) {
          // the first made the reaper and the mailbox
          before = Census.take();
        }
      }
      System.out.println("left " + Census.leftBehindSince(before, Duration.ZERO));
    }
  }

  private static List<String> under(Rule... rules) throws Exception {
    ChildJvm jvm = Ways.same(SeccompJvm.of(Probe.class, rules));
    if (System.getProperty("noinherit.spawn") == null) {
      // else the self test would choose another way
      jvm.flags("-Dnoinherit.spawn=clone3");
    }
    return jvm.run().outOrThrow().lines().toList();
  }

  @Test
  void everyRefusalIsToldWithItsRemedyAndLeavesNothing() throws Exception {
    // posix_spawn of glibc tries clone3, and clone on ENOSYS only
    List<String> lines =
        "clone".equals(System.getProperty("noinherit.spawn"))
            ? under(Rule.answer("clone", EAGAIN).withFlags(SeccompJvm.CLONE_VM_VFORK).sparingLibc())
            : Ways.isPosixSpawn()
                ? under(
                    Rule.answer("clone3", SeccompJvm.ENOSYS),
                    Rule.answer("clone", EAGAIN).withFlags(SeccompJvm.CLONE_VM_VFORK))
                : under(Rule.answer("clone3", EAGAIN).sparingLibc());
    assertEquals(11, lines.size(), lines::toString);
    for (String line : lines.subList(0, 10)) {
      assertTrue(line.startsWith("failed: ") && line.contains("EAGAIN (11)"), line);
    }
    assertTrue(lines.getFirst().contains("TasksMax"), lines.getFirst());
    assertEquals("left []", lines.getLast());
  }
}
