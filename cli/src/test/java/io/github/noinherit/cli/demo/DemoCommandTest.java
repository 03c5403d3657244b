// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.noinherit.cli.ExitStatus;
import io.github.noinherit.cli.Outputs;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class DemoCommandTest {
  @Test
  void theFindingsAreJson() throws Exception {
    Stories.Told told = Stories.tell(UnaryOperator.identity(), List.of(new RestartScene()), true);
    assertEquals(ExitStatus.OK, told.status(), told::text);
    Map<String, Object> object = JSON.std.mapFrom(told.text());
    assertEquals(true, object.get("shown"));
    List<Map<?, ?>> findings = Outputs.objects(object, "findings");
    assertEquals(2, findings.size());
    for (Map<?, ?> finding : findings) {
      assertEquals("restart", finding.get("scene"));
      assertEquals(finding.get("expected"), finding.get("seen"));
      assertFalse(Outputs.objects(finding, "evidence").isEmpty());
    }
  }

  @Test
  void theTextFitsItsPage() throws Exception {
    Stories.Told told = Stories.tell(UnaryOperator.identity(), List.of(new DiskScene()), false);
    assertEquals(ExitStatus.OK, told.status(), told::text);
    Outputs.assertFits(80, told.text());
  }

  @Test
  void theListNamesEveryScene() {
    Outputs.Run run = Outputs.run("demo", "--list");
    assertEquals(ExitStatus.OK, run.status());
    assertEquals(Scene.all().size(), run.out().lines().count());
    for (Scene scene : Scene.all()) {
      assertTrue(run.out().contains(scene.name()), run::out);
    }
  }

  @Test
  void aSceneThatIsNotThereIsAUsageErrorThatNamesTheOthers() {
    Outputs.Run run = Outputs.run("demo", "--scene", "nonesuch");
    assertEquals(ExitStatus.USAGE, run.status());
    assertTrue(run.err().contains("restart, backlog"), run::err);
  }

  /**
   * How this works: whatever the demo starts has its environment, so a mark in it finds servers and
   * helpers, those too whose server has ended. The demo is ended as soon as a helper is seen.
   */
  @Test
  void endedInTheMiddleItLeavesNoProcessBehind() throws Exception {
    String mark = "NOINHERIT_TEST=" + UUID.randomUUID();
    ProcessBuilder builder = Outputs.command("demo");
    builder.environment().put("NOINHERIT_TEST", mark.substring(mark.indexOf('=') + 1));
    Process demo = builder.redirectOutput(Redirect.DISCARD).start();
    try {
      assertTrue(
          Wait.until(Wait.PATIENCE, () -> programsWith(mark).stream().anyMatch("sleep"::equals)),
          "no helper was seen");
      demo.destroy(); // SIGTERM: it runs the same hook as Ctrl-C's SIGINT
      demo.waitFor();
    } finally {
      demo.destroyForcibly();
    }
    assertTrue(Wait.until(Wait.PATIENCE, () -> programsWith(mark).isEmpty()));
  }

  /** The programs of all processes with this text in their environment. */
  private static List<String> programsWith(String mark) throws IOException {
    List<String> programs = new ArrayList<>();
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      Path directory = Path.of("/proc/" + process.pid());
      try {
        if (Files.readString(directory.resolve("environ"), ISO_8859_1).contains(mark)) {
          programs.add(Files.readString(directory.resolve("comm")).strip());
        }
      } catch (IOException e) {
        // it has just ended, or is another user's: in neither case one that lives on for us
      }
    }
    return programs;
  }
}
