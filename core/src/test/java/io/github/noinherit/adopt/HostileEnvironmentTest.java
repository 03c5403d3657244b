// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.adopt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Variables that lie: one clear error each, whatever is asked for, and nothing is adopted. Three
 * listeners are there, under 3 to 5; the environment of one JVM is changed by setenv(3).
 */
@Tag("every-jdk")
@Counted
@Needs(Need.PYTHON3)
class HostileEnvironmentTest {
  private static final List<String> LISTENERS =
      List.of("3:listen:127.0.0.1", "4:listen:127.0.0.1", "5:listen:127.0.0.1");

  /** A variable, its value, and what the error says. */
  private record Lie(String variable, String value, String said) {}

  private static final List<Lie> LIES =
      List.of(
          new Lie("LISTEN_FDS", "-1", "it is not the number of sockets"),
          new Lie("LISTEN_FDS", "three", "it is not the number of sockets"),
          new Lie("LISTEN_FDS", "4294967299", "it is not the number of sockets"),
          new Lie("LISTEN_FDS", "999999999", "more than 65536"),
          new Lie("LISTEN_FDS", "60000", "not open: EBADF (9)"),
          new Lie("LISTEN_FDNAMES", "a:b", "it has 2 names, and LISTEN_FDS is 3"),
          new Lie("LISTEN_FDNAMES", "a:b:c\u0001", "is no name"),
          new Lie("LISTEN_PID", "1", "start script must run Java by `exec java"),
          new Lie("LISTEN_PID", "-1", "which is no pid"),
          new Lie("LISTEN_PID", "", "LISTEN_PID is not set"),
          new Lie("NOINHERIT_HANDLES", "a=-3", "no descriptor's number"),
          new Lie("NOINHERIT_HANDLES", "a=99999999999", "no descriptor's number"),
          new Lie("NOINHERIT_HANDLES", "a", "no '='"),
          new Lie("NOINHERIT_HANDLES", "a=1", "standard streams"),
          new Lie("NOINHERIT_HANDLES", "a=3,a=4", "twice"),
          new Lie("NOINHERIT_HANDLES", "a=3,b=3", "twice"),
          new Lie("NOINHERIT_HANDLES", "a b=3", "a name has"),
          new Lie(
              "NOINHERIT_HANDLES", "a=3,b=8000", "\"b\" (descriptor 8000, by NOINHERIT_HANDLES)"));

  @Test
  void eachIsOneErrorAndNothingIsAdopted() throws Exception {
    List<String> steps = new ArrayList<>();
    for (Lie lie : LIES) {
      steps.add("LISTEN_FDS=3");
      steps.add("LISTEN_FDNAMES=" + (lie.variable().equals("LISTEN_FDS") ? "" : "a:b:c"));
      steps.add("LISTEN_PID={here}");
      steps.add("NOINHERIT_HANDLES=");
      steps.add(lie.variable() + "=" + lie.value());
      steps.addAll(List.of("serverSocket:a", "serverSocket:other", "file:b", "all", "flags"));
    }
    steps.addAll(List.of("NOINHERIT_HANDLES=", "serverSocket:a", "serverSocket:c"));
    List<String> lines =
        Giver.run(
            LISTENERS, ChildJvm.of(AdoptProgram.class).arguments(steps.toArray(new String[0])));
    int i = 0;
    for (Lie lie : LIES) {
      for (int asked = 0; asked < 4; asked++) {
        String line = lines.get(i++);
        assertTrue(line.startsWith("IOException: "), lie + ": " + line);
        assertTrue(line.contains(lie.said()), lie + ": " + line);
      }
      assertEquals("3 inheritable, 4 inheritable, 5 inheritable", lines.get(i++), "" + lie);
    }
    assertEquals(
        List.of("ServerSocketChannelImpl", "ServerSocketChannelImpl"),
        lines.subList(i, lines.size()));
  }

  @Test
  void aScriptThatDoesNotExecIsToldTo() throws Exception {
    for (String exec : List.of("", "exec ")) {
      ChildJvm jvm = ChildJvm.of(AdoptProgram.class).arguments("serverSocket:http");
      List<String> command =
          new ArrayList<>(
              Giver.command(
                  List.of("3:listen:127.0.0.1", "LISTEN_PID={pid}", "LISTEN_FDS=1"), jvm));
      int java = command.indexOf("--") + 1;
      command.addAll(java, List.of("/bin/sh", "-c", exec + "\"$@\"; exit $?", "sh"));
      try (Giver.Running running = Giver.Running.start(command)) {
        List<String> lines = running.lines();
        if (exec.isEmpty()) {
          assertTrue(
              lines.getFirst().contains("LISTEN_PID is " + running.pid() + ", so the sockets"),
              "" + lines);
          assertTrue(lines.getFirst().contains("`exec java"), "" + lines);
        } else {
          assertEquals(List.of("ServerSocketChannelImpl"), lines);
        }
      }
    }
  }
}
