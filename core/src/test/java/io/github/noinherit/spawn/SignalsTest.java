// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.LeafReport;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The signals of a child: none blocked, none handled, ignored what was ignored before the JVM. */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class SignalsTest {
  private static final int HUP = 1;
  private static final int INT = 2;
  private static final int USR1 = 10;
  private static final int USR2 = 12;
  private static final int PIPE = 13;
  private static final int CHLD = 17;
  private static final int XFSZ = 25;

  /**
   * glibc's own, which its posix_spawn leaves ignored in the child; nobody can send them by name.
   */
  private static final long GLIBC = 3L << 31;

  @TempDir Path folder;

  /** Starts a leaf that reports to the file named. */
  static final class Probe {
    public static void main(String[] arguments) throws Exception {
      List<String> command = io.github.noinherit.testkit.Leaf.command(Path.of(arguments[0]));
      System.exit(io.github.noinherit.Spawn.command(command).start().waitFor());
    }
  }

  private LeafReport ofJvmUnder(String trap) throws Exception {
    Path report = SpawnedLeaf.fresh(folder);
    ChildJvm jvm = Ways.same(ChildJvm.of(Probe.class)).arguments(report.toString());
    List<String> command = new ArrayList<>(List.of("sh", "-c", trap + " exec \"$@\"", "sh"));
    command.addAll(jvm.command());
    Process process =
        new ProcessBuilder(command)
            .redirectError(Redirect.INHERIT)
            .redirectOutput(Redirect.INHERIT)
            .start();
    process.getOutputStream().close();
    assertEquals(0, process.waitFor());
    return LeafReport.read(report);
  }

  @Test
  void nothingIsBlockedAndNothingIsCaught() throws Exception {
    LeafReport report = SpawnedLeaf.in(folder).run();
    assertEquals(0, report.blockedSignals());
    assertEquals(0, report.caughtSignals());
  }

  @Test
  void whatTheJvmHandlesItselfIsDefaultInTheChild() throws Exception {
    LeafReport report = ofJvmUnder("");
    assertEquals(0, report.blockedSignals());
    assertEquals(0, report.caughtSignals());
    // SIGPIPE and SIGXFSZ have handlers in the JVM; before it nothing was ignored
    assertEquals(0, report.ignoredSignals() & ~GLIBC);
    assertFalse(report.isIgnored(PIPE));
    assertFalse(report.isIgnored(XFSZ));
  }

  @Test
  void whatWasIgnoredBeforeTheJvmIsIgnoredInTheChild() throws Exception {
    LeafReport report = ofJvmUnder("trap '' HUP INT USR1 USR2;");
    for (int signal : new int[] {HUP, INT, USR1}) {
      assertTrue(report.isIgnored(signal), "signal " + signal);
    }
    assertEquals(0, report.blockedSignals());
    assertEquals(0, report.caughtSignals());
    // the JVM uses USR2 (SR_signum) itself, so that one is default
    assertFalse(report.isIgnored(USR2));
    assertFalse(report.isIgnored(CHLD));
  }

  @Test
  void anIgnoredSigpipeIsHandledByTheJvmAndSoDefaultInTheChild() throws Exception {
    assertFalse(ofJvmUnder("trap '' PIPE;").isIgnored(PIPE));
  }
}
