// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.CProgram;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same holders as the tools name that everybody has: ss, lsof and fuser. */
@Counted
@Needs(Need.PYTHON3)
class AgainstOtherToolsTest {
  private static final String SCENE =
      """
      s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); s.set_inheritable(True)
      say("port", s.getsockname()[1])
      f = os.open("%s", os.O_RDWR | os.O_CREAT)
      r, w = os.pipe()
      def closes():
          s.close(); os.close(f)
          os.write(w, b"x")
      for i in range(5):
          say(f"child{i}", child(lambda: os.dup(s.fileno())))
      say("other", child(closes))
      os.read(r, 1)
      """;

  @TempDir Path folder;

  private static Set<String> copies(Holders holders) {
    Set<String> all = new TreeSet<>();
    for (Holder holder : holders.holders()) {
      holder.numbers().forEach(n -> all.add(holder.process().pid() + ":" + n));
    }
    return all;
  }

  private static Set<String> all(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map((MatchResult m) -> m.group(1) + ":" + m.group(2))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static void assumeInstalled(String program) {
    assumeTrue(Files.isExecutable(Path.of(program)), "missing: " + program);
  }

  @Test
  @Needs({Need.PYTHON3, Need.SS})
  void ss() throws Exception {
    try (PythonScene scene = PythonScene.start(SCENE.formatted(folder.resolve("file")))) {
      String port = scene.get("port");
      String said = CProgram.tool(folder, "ss", "-Htlnp", "sport = :" + port);
      assertEquals(
          all(Pattern.compile("pid=(\\d+),fd=(\\d+)"), said),
          copies(Holders.of(Target.parse(port))));
    }
  }

  @Test
  void lsof() throws Exception {
    assumeInstalled("/usr/bin/lsof");
    Path file = folder.resolve("file");
    try (PythonScene scene = PythonScene.start(SCENE.formatted(file))) {
      String port = scene.get("port");
      Pattern lines = Pattern.compile("p(\\d+)\n((?:f\\d+\n?)+)");
      Pattern numbers = Pattern.compile("f(\\d+)");
      for (String[] asked :
          new String[][] {{"-i:" + port, port}, {file.toString(), file.toString()}}) {
        String said = CProgram.tool(folder, "lsof", "-nP", "-F", "pf", asked[0]);
        Set<String> expected = new TreeSet<>();
        lines
            .matcher(said)
            .results()
            .forEach(
                p ->
                    numbers
                        .matcher(p.group(2))
                        .results()
                        .forEach(n -> expected.add(p.group(1) + ":" + n.group(1))));
        assertEquals(expected, copies(Holders.of(Target.parse(asked[1]))), asked[0]);
      }
    }
  }

  @Test
  void fuser() throws Exception {
    assumeInstalled("/usr/bin/fuser");
    try (PythonScene scene = PythonScene.start(SCENE.formatted(folder.resolve("file")))) {
      String port = scene.get("port");
      // what it says besides the pids goes to standard error
      String said = CProgram.tool(folder, "sh", "-c", "fuser -n tcp " + port + " 2>/dev/null");
      Set<String> expected = new TreeSet<>();
      Pattern.compile("\\d+").matcher(said).results().forEach(m -> expected.add(m.group()));
      Set<String> found = new TreeSet<>();
      Holders.of(Target.parse(port)).holders().forEach(h -> found.add("" + h.process().pid()));
      assertEquals(expected, found);
    }
  }
}
