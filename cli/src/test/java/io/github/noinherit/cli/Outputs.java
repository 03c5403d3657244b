// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Outputs that tests can read, and the command run in this JVM or in one of its own. */
public final class Outputs {
  /** An output and what was written to it. */
  public record Captured(Output output, ByteArrayOutputStream bytes) {
    /** All that was written. */
    public String text() {
      output.flush();
      return bytes.toString(StandardCharsets.UTF_8);
    }
  }

  /** What a run of the command came to. */
  public record Run(int status, String out, String err) {}

  private Outputs() {}

  /** An output of the given width, without colours. */
  public static Captured capture(int width) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    return new Captured(new Output(bytes, StandardCharsets.UTF_8, new Page(width, false)), bytes);
  }

  /** Runs the command in this JVM, 80 columns wide. */
  public static Run run(String... args) {
    Captured out = capture(80);
    StringWriter err = new StringWriter();
    int status = Main.run(args, out.output(), new PrintWriter(err, true));
    return new Run(status, out.text(), err.toString());
  }

  /** The command in a JVM of its own; standard error goes to the test's. */
  public static ProcessBuilder command(String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add(Main.class.getName());
    command.addAll(List.of(args));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
  }

  /** The objects in a list of a JSON object. */
  public static List<Map<?, ?>> objects(Map<?, ?> object, String key) {
    List<Map<?, ?>> objects = new ArrayList<>();
    for (Object element : (List<?>) Objects.requireNonNull(object.get(key), key)) {
      objects.add((Map<?, ?>) element);
    }
    return objects;
  }

  /** Fails if a line is wider than the page. */
  public static void assertFits(int width, String text) {
    text.lines().forEach(line -> assertTrue(line.length() <= width, () -> "too wide: " + line));
  }
}
