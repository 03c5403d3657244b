// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.CommandException;
import io.github.noinherit.Limit;
import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * run() and startAndForget(). What is inherited is looked at in a JVM of its own: standard output
 * of this one is the test runner's.
 */
@Counted(warmUp = WarmUp.class)
class RunTest {
  @TempDir Path folder;
  private final Processes processes = new Processes();

  @AfterEach
  void endWhatIsLeft() {
    processes.close();
  }

  private static Spawn quiet(String script) {
    return Spawn.command("sh", "-c", script)
        .stdin(Redirect.from(new File("/dev/null")))
        .stdout(Redirect.DISCARD)
        .stderr(Redirect.DISCARD);
  }

  /** Runs what inherits all, and a pipeline. */
  static final class Inheriting {
    private Inheriting() {}

    public static void main(String[] arguments) throws Exception {
      int status =
          Spawn.command("sh", "-c", "cat; echo out; echo err >&2; exit 5").run().exitValue();
      System.out.println("status " + status);
      System.out.println(
          Spawn.pipeline(
                  Spawn.command("echo", "through"),
                  Spawn.command("sh", "-c", "cat; echo err2 >&2; exit 6"))
              .run()
              .exitValues());
      Spawn.command("sh", "-c", "echo discarded").stdout(Redirect.DISCARD).run().orThrow();
    }
  }

  @Test
  void unsetStreamsAreThoseOfThisProcess() throws Exception {
    ChildJvm.Result result = ChildJvm.of(Inheriting.class).run();
    assertEquals("out\nstatus 5\nthrough\n[0, 6]\n", result.outOrThrow());
    assertEquals("err\nerr2\n", result.err());
  }

  @Test
  void theExitValueIsThatOfTheCommand() throws Exception {
    assertEquals(0, quiet("true").run().exitValue());
    assertEquals(7, quiet("exit 7").run().exitValue());
    assertEquals("", quiet("echo x").run().stdout());
    assertThrows(CommandException.Failed.class, () -> quiet("exit 7").run().orThrow());
  }

  @Test
  void itWaitsForTheCommandNotForWhatThatLeavesBehind() throws Exception {
    Path pids = folder.resolve("pids");
    long start = System.nanoTime();
    quiet("sleep 30 & echo $! >" + pids).run().orThrow();
    assertTrue(System.nanoTime() - start < 20_000_000_000L);
    assertTrue(Processes.isAlive(processes.awaitIn(pids, 1).getFirst()));
  }

  @Test
  void theTimeMayBeLimited() throws Exception {
    Path pids = folder.resolve("pids");
    CommandException.TimedOut e =
        assertThrows(
            CommandException.TimedOut.class,
            () ->
                quiet("echo $$ >>" + pids + "; sleep 100 & echo $! >>" + pids + "; wait")
                    .run(Limit.time(Duration.ofMillis(300))));
    assertEquals(137, e.completed().exitValue());
    assertEquals(List.of(), Processes.alive(processes.awaitIn(pids, 2)));
  }

  @Test
  void aPipeThatNobodyServesIsRefused() {
    Path file = folder.resolve("started");
    for (Spawn spawn :
        List.of(
            quiet("touch " + file).stdin(Redirect.PIPE),
            quiet("touch " + file).stdout(Redirect.PIPE),
            quiet("touch " + file).stderr(Redirect.PIPE))) {
      assertThrows(IllegalStateException.class, spawn::run);
      assertThrows(IllegalStateException.class, spawn::startAndForget);
    }
    assertFalse(Files.exists(file));
  }

  @Test
  void aForgottenChildHasNothingToReadAndNobodyToTell() throws Exception {
    Path file = folder.resolve("streams");
    long pid =
        Spawn.command(
                "sh",
                "-c",
                "echo $$ >$1.new; (for i in 0 1 2; do readlink /proc/$$/fd/$i; done) >>$1.new;"
                    + " wc -c >>$1.new; seq 1 100000; mv $1.new $1",
                "x",
                file.toString())
            .startAndForget();
    for (int i = 0; i < 1000 && !Files.exists(file); i++) {
      Thread.sleep(10);
    }
    assertEquals(
        List.of(Long.toString(pid), "/dev/null", "/dev/null", "/dev/null", "0"),
        Files.readAllLines(file).stream().map(String::strip).toList());
    // no zombie: the class is @Counted, and here it is at once
    for (int i = 0; i < 500 && Files.exists(Path.of("/proc/" + pid)); i++) {
      Thread.sleep(10);
    }
    assertFalse(Files.exists(Path.of("/proc/" + pid)));
  }

  /** Starts one and ends. */
  static final class Forgetting {
    private Forgetting() {}

    public static void main(String[] arguments) throws Exception {
      System.out.println(Spawn.command("sleep", "30").startAndForget());
    }
  }

  @Test
  void aForgottenChildRunsOnWhenThisProcessEnds() throws Exception {
    long pid =
        processes.add(Long.parseLong(ChildJvm.of(Forgetting.class).run().outOrThrow().strip()));
    assertTrue(Processes.isAlive(pid));
  }
}
