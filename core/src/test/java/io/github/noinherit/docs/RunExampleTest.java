// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Completed;
import io.github.noinherit.Limit;
import io.github.noinherit.Line;
import io.github.noinherit.Lines;
import io.github.noinherit.Spawn;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The example in docs/run.md compiles, does what it says, and is the one that is compiled here. */
class RunExampleTest {
  private static final String SOURCE =
      "core/src/test/java/io/github/noinherit/docs/RunExampleTest.java";

  private final List<String> logged = new ArrayList<>();

  private void log(String line) {
    logged.add(line);
  }

  private List<String> example() throws IOException, InterruptedException {
    // run.md: begin
    String first = Spawn.command("ls", "/").capture().orThrow().stdout();

    Completed upper =
        Spawn.command("sh", "-c", "tr a-z A-Z; echo done >&2")
            .input("some text")
            .capture(Limit.time(Duration.ofSeconds(10)), Limit.output(1 << 20));
    int status = upper.exitValue(); // and signal(), stdoutBytes(), stderr(), …

    try (Lines lines = Spawn.command("sh", "-c", "echo out; echo err >&2").lines()) {
      for (Line line : lines) {
        log(line.source() + ": " + line.text()); // STDOUT or STDERR
      }
      lines.finish().orThrow();
    }

    Completed both =
        Spawn.pipeline(Spawn.command("seq", "9"), Spawn.command("tail", "-n", "1")).capture();
    List<Integer> values = both.exitValues();
    // run.md: end
    assertTrue(first.contains("etc\n"), first);
    return List.of(
        upper.stdout(), upper.stderr(), Integer.toString(status), both.stdout(), values.toString());
  }

  @Test
  void theExampleDoesWhatItsCommentsSay() throws Exception {
    assertEquals(List.of("SOME TEXT", "done\n", "0", "9\n", "[0, 0]"), example());
    Collections.sort(logged);
    assertEquals(List.of("STDERR: err", "STDOUT: out"), logged);
  }

  @Test
  void thePageShowsTheLinesThatAreCompiledHere() throws Exception {
    assertEquals(Repository.compiled(SOURCE, "run.md"), Repository.firstExample("docs/run.md"));
  }
}
