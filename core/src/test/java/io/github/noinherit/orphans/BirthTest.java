// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.orphans;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.orphans.Scene.Means;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A child that is just being born when its parent dies. Until its exec it has its parent's
 * arguments, in which the mark is.
 */
@Counted(warmUp = WarmUp.class)
class BirthTest {
  @TempDir Path folder;

  /** Starts a sibling, says so, and then a child with its input from a file. */
  static final class Parent {
    private Parent() {}

    public static void main(String[] arguments) throws Exception {
      sleeper(arguments[0]).start();
      System.out.println(ProcessHandle.current().pid());
      sleeper(arguments[0]).stdin(Redirect.from(new java.io.File(arguments[1]))).start();
      System.out.println("started");
      Thread.sleep(100_000);
    }

    private static Spawn sleeper(String mark) throws IOException {
      return Spawn.command("sleep", "984")
          .environment(Witness.VARIABLE, mark)
          .stdin(Redirect.from(new java.io.File("/dev/null")))
          .stdout(Redirect.DISCARD)
          .stderr(Redirect.DISCARD)
          .killWithParent();
    }
  }

  private static int unborn(String mark, long parent) {
    return (int)
        Witness.commands(mark).stream()
            .filter(s -> s.pid() != parent && !s.command().startsWith("strace"))
            .count();
  }

  @ParameterizedTest
  @EnumSource
  void oneThatOpensAFifoIsKilled(Means means) throws Exception {
    assumeTrue(Scene.isThere(means), "no control group here");
    String mark = UUID.randomUUID().toString();
    Path fifo = folder.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    try (ChildJvm.Running parent = means.jvm(Parent.class, mark, fifo.toString()).start();
        var _ = Scene.ending(parent)) {
      parent.readLine();
      assertTrue(Witness.within(5000, () -> unborn(mark, parent.pid()) == 1));
      parent.process().destroyForcibly().waitFor();
      assertTrue(
          Witness.within(1000, () -> Witness.commands(mark).isEmpty()),
          () -> "alive: " + Witness.commands(mark));
      assertTrue(Witness.within(1000, () -> Witness.marked(mark).isEmpty()));
      assertTrue(Witness.within(1000, () -> Witness.guardians(parent.pid()).isEmpty()));
      assertEquals(List.of(), Witness.cgroups(parent.pid()));
    } finally {
      Witness.end(Witness.commands(mark));
      Witness.end(Witness.marked(mark));
    }
  }

  /**
   * strace holds every child for a second and a half before the call by which it gets its group, or
   * the one by which it registers. The parent is killed meanwhile; the guardian must wait for the
   * child, and then kill it. (Only that call may stop at strace, or the guardian would take
   * seconds.)
   */
  @ParameterizedTest
  @ValueSource(strings = {"setpgid", "sendto"})
  @Needs(Need.STRACE)
  void oneThatHasNotRegisteredYetIsWaitedForAndKilled(String call) throws Exception {
    String mark = UUID.randomUUID().toString();
    List<String> command =
        new ArrayList<>(List.of("strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null"));
    command.addAll(List.of("-e", "trace=" + call, "-e", "inject=" + call + ":delay_enter=1500000"));
    command.addAll(Means.GROUPS.jvm(Parent.class, mark, "/dev/null").command());
    Process strace = new ProcessBuilder(command).redirectError(Redirect.DISCARD).start();
    try (BufferedReader out = strace.inputReader()) {
      int pid = Integer.parseInt(Objects.requireNonNull(out.readLine()));
      assertTrue(Witness.within(5000, () -> unborn(mark, pid) == 1));
      Thread.sleep(200);
      assertEquals(1, Witness.marked(mark).size(), "the sibling");
      ProcessHandle.of(pid).orElseThrow().destroyForcibly();
      Thread.sleep(300);
      // it holds the guardian's socket, so nothing happens yet
      assertEquals(1, Witness.guardians(pid).size());
      assertTrue(
          Witness.within(
              3000,
              () ->
                  Witness.guardians(pid).isEmpty()
                      && unborn(mark, pid) == 0
                      && Witness.marked(mark).isEmpty()),
          () -> "alive: " + Witness.commands(mark) + Witness.marked(mark));
    } finally {
      strace.destroyForcibly().waitFor();
      strace.getOutputStream().close();
      Witness.end(Witness.commands(mark));
      Witness.end(Witness.marked(mark));
    }
  }

  /** Starts a child that has the terminal, and waits for it. */
  static final class OnTerminal {
    private OnTerminal() {}

    public static void main(String[] arguments) throws Exception {
      String script =
          "trap '' HUP INT; echo ready; read x; echo got $x; sleep 983 & sleep 983; wait";
      Spawn.command("sh", "-c", script)
          .environment(Witness.VARIABLE, arguments[0])
          .inheritIO()
          .killWithParent()
          .start()
          .waitFor();
    }
  }

  /** Runs a command on a terminal of its own, talks to it, and kills it by pid. */
  private static final String ON_A_TERMINAL =
      """
      import os, pty, signal, sys
      pid, terminal = pty.fork()
      if pid == 0:
          os.execvp(sys.argv[1], sys.argv[1:])
      seen = b''
      def wait(text):
          global seen
          while text not in seen:
              seen += os.read(terminal, 1000)
      wait(b'ready')
      os.write(terminal, b'a line\\n')
      wait(b'got a line')
      print(pid, flush=True)
      sys.stdin.readline()
      os.kill(pid, signal.SIGKILL)
      os.waitpid(pid, 0)
      print('killed', flush=True)
      sys.stdin.readline()
      """;

  @ParameterizedTest
  @EnumSource(names = {"CGROUP", "GROUPS"})
  @Needs(Need.PYTHON3)
  void oneWithTheTerminalCanReadItAndIsKilled(Means means) throws Exception {
    assumeTrue(Scene.isThere(means), "no control group here");
    String mark = UUID.randomUUID().toString();
    List<String> command = new ArrayList<>(List.of("python3", "-c", ON_A_TERMINAL));
    command.addAll(means.jvm(OnTerminal.class, mark).command());
    Process python = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    try (BufferedReader out = python.inputReader()) {
      long parent = Long.parseLong(Objects.requireNonNull(out.readLine()));
      assertTrue(Witness.within(2000, () -> Witness.marked(mark).size() == 3));
      python.getOutputStream().write('\n');
      python.getOutputStream().flush();
      assertEquals("killed", out.readLine());
      assertTrue(
          Witness.within(1000, () -> Witness.marked(mark).isEmpty()),
          () -> "alive: " + Witness.marked(mark));
      assertTrue(Witness.within(1000, () -> Witness.guardians(parent).isEmpty()));
    } finally {
      Witness.commands(mark).forEach(s -> Witness.end(List.of(s)));
      Witness.end(Witness.marked(mark));
      python.destroyForcibly().waitFor();
      python.getOutputStream().close();
    }
  }

  /** Its standard streams are pipes, so it has nothing of the terminal's: a group of its own. */
  static final class BesideTerminal {
    private BesideTerminal() {}

    public static void main(String[] arguments) throws Exception {
      Spawn.command("sleep", "982")
          .environment(Witness.VARIABLE, arguments[0])
          .killWithParent()
          .start();
      System.out.println("ready");
      System.in.read();
      System.out.println("got a line");
      Thread.sleep(100_000);
    }
  }

  @Test
  @Needs(Need.PYTHON3)
  void oneWithoutItHasAGroupOfItsOwn() throws Exception {
    String mark = UUID.randomUUID().toString();
    List<String> command = new ArrayList<>(List.of("python3", "-c", ON_A_TERMINAL));
    command.addAll(Means.GROUPS.jvm(BesideTerminal.class, mark).command());
    Process python = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    try (BufferedReader out = python.inputReader()) {
      out.readLine();
      int child = Witness.marked(mark).getFirst().pid();
      String status = Files.readString(Path.of("/proc/" + child + "/status"));
      assertTrue(status.contains("NSpgid:\t" + child + "\n"), status);
      python.getOutputStream().write('\n');
      python.getOutputStream().flush();
      assertEquals("killed", out.readLine());
      assertTrue(Witness.within(1000, () -> Witness.marked(mark).isEmpty()));
    } finally {
      Witness.commands(mark).forEach(s -> Witness.end(List.of(s)));
      Witness.end(Witness.marked(mark));
      python.destroyForcibly().waitFor();
      python.getOutputStream().close();
    }
  }
}
