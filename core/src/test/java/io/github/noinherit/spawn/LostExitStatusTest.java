// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Capability;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.testkit.Census;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Somebody else takes the exit status of our children: the kernel, in a JVM that was started with
 * SIGCHLD ignored, or foreign code that waits for any child without pause. The end is always seen;
 * the status is right where the kernel keeps it (Linux 6.15), and said to be lost elsewhere.
 */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
@Needs(Need.PYTHON3)
class LostExitStatusTest {
  /** Starts children; "reap": while a thread waits for any child. */
  static final class Probe {
    private static volatile boolean ended;

    public static void main(String[] arguments) throws Exception {
      boolean kept = Capability.EXIT_STATUS_ALWAYS.check().isAvailable();
      System.out.println(kept ? "kept" : "not kept");
      if (arguments[0].equals("reap")) {
        Thread.ofPlatform().daemon().start(Probe::reapAll);
      }
      new WarmUp().run();
      Census before = Census.take();
      for (int i = 0; i < 60; i++) {
        SpawnedProcess child = Spawn.command("sh", "-c", "exit " + i).start();
        String outcome;
        try {
          if (!child.waitFor(20, TimeUnit.SECONDS)) {
            System.out.println("the end of child " + i + " was not seen");
            return;
          }
          outcome = child.exitValue() == i ? "right" : "wrong: " + child.exitValue();
        } catch (IllegalStateException e) {
          outcome = "lost: " + e.getMessage();
        }
        System.out.println(outcome);
      }
      SpawnedProcess killed = Spawn.command("sleep", "100").start();
      killed.destroyForcibly();
      try {
        System.out.println(killed.waitFor() == 137 ? "right" : "wrong: " + killed.exitValue());
      } catch (IllegalStateException e) {
        System.out.println("lost: " + e.getMessage());
      }
      try {
        Spawn.command("/no/such/program").start();
      } catch (IOException e) {
        System.out.println(String.valueOf(e.getMessage()).contains("ENOENT") ? "right" : "" + e);
      }
      System.out.println("left " + Census.leftBehindSince(before, Duration.ofSeconds(2)));
      ended = true;
    }

    private static void reapAll() {
      Linker linker = Linker.nativeLinker();
      MethodHandle waitpid =
          linker.downcallHandle(
              linker.defaultLookup().findOrThrow("waitpid"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_INT));
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment status = arena.allocate(4);
        while (!ended) {
          int pid = (int) waitpid.invokeExact(-1, status, 0);
          if (pid < 0) {
            Thread.onSpinWait();
          }
        }
      } catch (Throwable t) {
        throw new IllegalStateException(t);
      }
    }
  }

  private static void check(String script, String what) throws Exception {
    ChildJvm jvm = Ways.same(ChildJvm.of(Probe.class)).arguments(what);
    List<String> command = new ArrayList<>(List.of("python3", "-c", script));
    command.addAll(jvm.command());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    List<String> lines;
    try (var out = process.inputReader()) {
      lines = out.lines().toList();
    }
    assertEquals(0, process.waitFor(), lines::toString);
    assertEquals(64, lines.size(), lines::toString);
    boolean kept = lines.getFirst().equals("kept");
    for (String line : lines.subList(1, lines.size() - 1)) {
      boolean lost = !kept && line.startsWith("lost: ") && line.contains("6.15");
      // posix_spawn returns a pid only, and that may be nobody's before it can be asked
      boolean gone =
          Ways.isPosixSpawn()
              && line.startsWith("lost: ")
              && line.contains("posix_spawn gives no pidfd");
      assertTrue(line.equals("right") || lost || gone, lines::toString);
    }
    assertEquals("left []", lines.getLast());
  }

  @Test
  void aJvmThatWasStartedWithSigchldIgnored() throws Exception {
    String ignore =
        "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN);"
            + " os.execv(sys.argv[1], sys.argv[1:])";
    check(ignore, "ignored");
  }

  @Test
  void foreignCodeThatWaitsForEveryChild() throws Exception {
    check("import os, sys; os.execv(sys.argv[1], sys.argv[1:])", "reap");
  }
}
