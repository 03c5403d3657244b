// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.DescriptorTable;
import java.nio.channels.Pipe;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What starting children opens in this process (pipes, mailbox, pidfd, the reaper's epoll set) is
 * closed by every exec: in a fresh JVM, at its first start, while the child runs.
 */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class NothingInheritableTest {
  /** Prints what a running child has added to this JVM's table. */
  static final class Probe {
    public static void main(String[] arguments) throws Exception {
      // the JDK's own first pipe opens a socket by which closing wakes blocked threads, for good
      Pipe pipe = Pipe.open();
      pipe.source().close();
      pipe.sink().close();
      DescriptorTable before = DescriptorTable.ofThisProcess();
      try (SpawnedProcess child = Spawn.command("cat").start()) {
        for (Descriptor fresh : DescriptorTable.ofThisProcess().since(before)) {
          if (!fresh.link().endsWith(".jar")) {
            System.out.println((fresh.closeOnExec() ? "safe " : "inheritable ") + fresh);
          }
        }
        child.getOutputStream().close();
        child.waitFor();
      }
    }
  }

  @Test
  void everythingOfOursIsCloseOnExec() throws Exception {
    List<String> lines = Ways.same(ChildJvm.of(Probe.class)).run().outOrThrow().lines().toList();
    assertEquals(List.of(), lines.stream().filter(l -> !l.startsWith("safe ")).toList());
    // three pipes, an epoll set and a pidfd at least
    assertTrue(lines.size() >= 5, lines::toString);
  }
}
