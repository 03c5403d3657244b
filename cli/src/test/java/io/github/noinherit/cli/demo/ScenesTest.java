// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The scenes really show what they tell, and leave nothing behind. */
class ScenesTest {
  private static final Pattern PID = Pattern.compile("process ([0-9]+)");
  private static final Pattern PORT = Pattern.compile("port ([0-9]+)");

  static List<Scene> scenes() {
    return Scene.all();
  }

  @ParameterizedTest
  @MethodSource("scenes")
  void bothSidesShowWhatTheyTell(Scene scene) throws Exception {
    for (Finding finding : Stories.playAsCast(scene)) {
      assertTrue(finding.isShown(), finding::seen);
      assertEquals(finding.expected(), finding.seen());
      assertTrue(
          finding.lines().stream().anyMatch(line -> line.who().equals("kernel")),
          "the kernel has its say");
    }
  }

  @Test
  void nothingIsLeftBehind() throws Exception {
    Set<Path> before = folders();
    for (Finding finding : Stories.playAsCast(new RestartScene())) {
      for (long pid : numbers(PID, finding)) {
        assertTrue(
            Wait.until(Wait.PATIENCE, () -> "ZX".indexOf(Kernel.state(pid)) >= 0),
            () -> "process " + pid + " is still there");
      }
      for (long port : numbers(PORT, finding)) {
        assertTrue(Kernel.listener((int) port).isEmpty(), () -> "port " + port + " is still taken");
      }
    }
    Set<Path> after = folders();
    after.removeAll(before);
    assertEquals(Set.of(), after);
  }

  @Test
  void aSceneThatBreaksOffIsNotShown() {
    Finding finding = new Finding(new DiskScene(), Side.WITH, List.of(), "no space");
    assertFalse(finding.isShown());
    assertEquals("the scene broke off: no space", finding.seen());
  }

  private static Set<Long> numbers(Pattern pattern, Finding finding) {
    Set<Long> numbers = new HashSet<>();
    for (Line line : finding.lines()) {
      Matcher matcher = pattern.matcher(line.text());
      while (matcher.find()) {
        numbers.add(Long.valueOf(matcher.group(1)));
      }
    }
    assertFalse(numbers.isEmpty());
    return numbers;
  }

  private static Set<Path> folders() throws IOException {
    try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      Set<Path> folders = new HashSet<>();
      files
          .filter(file -> file.getFileName().toString().startsWith("noinherit-demo-"))
          .forEach(folders::add);
      return folders;
    }
  }
}
