// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  @ParameterizedTest
  @ValueSource(strings = {"--help", "demo --help", "check --help", "java --help", "run --help"})
  void helpFitsEightyColumnsAndTellsTheExitStatus(String words) {
    Outputs.Run run = Outputs.run(words.split(" ", -1));
    assertEquals(ExitStatus.OK, run.status(), run::err);
    Outputs.assertFits(80, run.out());
    assertTrue(run.out().contains("Usage: noinherit"), run::out);
    assertTrue(run.out().contains("Exit status:"), run::out);
    assertTrue(run.out().contains("Examples:"), run::out);
  }

  @Test
  void theVersionNamesTheJavaItRunsOn() {
    Outputs.Run run = Outputs.run("--version");
    assertEquals(ExitStatus.OK, run.status());
    assertTrue(run.out().startsWith("noinherit "), run::out);
    assertTrue(run.out().contains("Java " + Runtime.version()), run::out);
  }

  @Test
  void anUnknownVerbIsAUsageErrorThatNamesTheNearOne() {
    Outputs.Run run = Outputs.run("chek");
    assertEquals(ExitStatus.USAGE, run.status());
    assertTrue(run.err().contains("noinherit check"), run::err);
    assertEquals("", run.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "demo --nonesuch", "check too many", "demo --scene"})
  void aCommandLineThatIsNotUnderstoodIsAUsageError(String words) {
    Outputs.Run run = Outputs.run(words.isEmpty() ? new String[0] : words.split(" ", -1));
    assertEquals(ExitStatus.USAGE, run.status());
    assertTrue(run.err().contains("--help"), run::err);
  }

  @Test
  void javaIsLeftToTheScript() {
    Outputs.Run run = Outputs.run("java", "--if-supported", "-jar", "x.jar", "--help");
    assertEquals(ExitStatus.UNSUPPORTED, run.status(), run::out);
    assertTrue(run.err().contains("done by the script noinherit"), run::err);
    assertTrue(run.err().contains("-javaagent:noinherit.jar"), run::err);
  }

  @Test
  void aReaderThatHasGoneIsNoFailure() {
    assertEquals("0 ", runInto("Broken pipe"));
  }

  @Test
  void anOutputThatCannotBeWrittenIsAFailure() {
    assertEquals(
        "125 noinherit: cannot write: No space left on device", runInto("No space left on device"));
  }

  private static String runInto(String failure) {
    OutputStream broken =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException(failure);
          }
        };
    Output out = new Output(broken, StandardCharsets.UTF_8, new Page(80, false));
    StringWriter err = new StringWriter();
    int status = Main.run(new String[] {"demo", "--list"}, out, new PrintWriter(err, true));
    return status + " " + err.toString().strip();
  }
}
