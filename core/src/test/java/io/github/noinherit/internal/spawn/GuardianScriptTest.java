// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.testkit.Counted;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the guardian does with the lines that it reads, in each shell that this machine has. */
@Counted
class GuardianScriptTest {
  static Stream<List<String>> shells() {
    return Stream.of(
            List.of("/bin/sh"),
            List.of("/bin/dash"),
            List.of("/bin/bash", "--posix"),
            List.of("/bin/busybox", "sh"),
            List.of("/bin/mksh"),
            List.of("/bin/ksh"))
        .filter(shell -> Files.isExecutable(Path.of(shell.getFirst())));
  }

  private final List<Process> started = new ArrayList<>();

  /** A process in a session, and so a group, of its own. */
  private Process group(String script) throws IOException {
    Process process =
        new ProcessBuilder("setsid", "sh", "-c", "echo $$; " + script)
            .redirectErrorStream(true)
            .start();
    started.add(process);
    assertEquals("" + process.pid(), process.inputReader().readLine());
    return process;
  }

  private static void tell(Process guardian, String line) throws IOException {
    guardian.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    guardian.getOutputStream().flush();
  }

  private static boolean ends(Process process) throws InterruptedException {
    return process.waitFor(2, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @MethodSource("shells")
  void endsWhomItWasToldOf(List<String> shell) throws Exception {
    List<String> command = new ArrayList<>(shell);
    command.addAll(List.of("-c", GuardianScript.GROUPS, "guardian"));
    Process guardian = new ProcessBuilder(command).redirectErrorStream(true).start();
    started.add(guardian);
    try (BufferedReader said = guardian.inputReader()) {
      assertEquals(GuardianScript.READY, said.readLine());
      Process child = group("exec sleep 967");
      Process forgotten = group("exec sleep 967");
      Process process = group("exec sleep 967");
      Process stranger = group("exec sleep 967");
      Process odd = group("cp /bin/sleep './x) S 1 2' && exec './x) S 1 2' 967");
      Process left = group("sleep 967 & :");
      left.waitFor();
      long member = memberOf(left.pid());
      tell(guardian, "g " + child.pid() + "       ");
      tell(guardian, "g " + forgotten.pid());
      tell(guardian, "p " + process.pid());
      tell(guardian, "g " + odd.pid());
      tell(guardian, "g " + left.pid());
      tell(guardian, "d " + left.pid());
      // a group whose number is a stranger's pid is not the one that it was
      tell(guardian, "g " + stranger.pid());
      tell(guardian, "d " + stranger.pid());
      tell(guardian, "f " + forgotten.pid());
      tell(guardian, "");
      tell(guardian, "x y z");
      assertTrue(child.isAlive() && odd.isAlive() && process.isAlive());
      guardian.getOutputStream().close();
      assertEquals(null, said.readLine(), "it says nothing");
      assertTrue(ends(guardian));
      assertTrue(ends(child) && ends(process) && ends(odd));
      // it may be a zombie until init has waited for it
      assertTrue(ProcessTable.of((int) member).filter(e -> e.state() != 'Z').isEmpty());
      assertTrue(forgotten.isAlive() && stranger.isAlive());
      assertEquals('S', ProcessTable.of((int) forgotten.pid()).orElseThrow().state());
    } finally {
      for (Process p : started) {
        p.destroyForcibly().waitFor();
        p.getInputStream().close();
        p.getErrorStream().close();
      }
      Files.deleteIfExists(Path.of("x) S 1 2"));
    }
  }

  private static long memberOf(long group) throws IOException {
    return ProcessTable.now().tree(java.util.Set.of(), (int) group).getFirst().pid();
  }
}
