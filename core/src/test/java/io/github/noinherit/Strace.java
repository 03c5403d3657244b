// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.RawFlags;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The system calls of a JVM, as strace saw them, in sections.
 *
 * <p>The traced program opens a section by asking for the flags of a number that nobody has ({@link
 * #section}); in the trace that is {@code fcntl(1000007, F_GETFD)}, and all that the same thread
 * does until the next such line belongs to section 7.
 */
public final class Strace {
  private static final int MARK = 1_000_000;
  private static final Pattern LINE = Pattern.compile("(\\d+) +(\\w+\\(.*|<\\.\\.\\. .*)");
  private static final Pattern SECTION = Pattern.compile("fcntl\\(1(\\d{6}), F_GETFD.*");

  private Strace() {}

  /** In the traced program: what this thread does from now on belongs to this section. */
  public static void section(int number) {
    RawFlags.isOpen(MARK + number);
  }

  /** Runs a JVM under strace; a section's calls, one line each, in order; section 0 has no end. */
  public static Map<Integer, List<String>> run(ChildJvm jvm, String calls, Path folder)
      throws IOException, InterruptedException {
    Path trace = folder.resolve("trace");
    Path said = folder.resolve("said");
    List<String> command = new ArrayList<>(List.of("strace", "-f", "-qq", "-s", "200"));
    command.addAll(List.of("-e", "trace=fcntl," + calls, "-o", trace.toString()));
    command.addAll(jvm.command());
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .redirectInput(Redirect.from(new File("/dev/null")))
            .start();
    try {
      assertTrue(process.waitFor(100, TimeUnit.SECONDS), "strace did not end");
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    assertEquals(0, process.exitValue(), Files.readString(said));
    return sections(Files.readAllLines(trace));
  }

  private static Map<Integer, List<String>> sections(List<String> lines) {
    Map<Integer, List<String>> sections = new LinkedHashMap<>();
    Map<String, Integer> current = new LinkedHashMap<>();
    for (String line : lines) {
      Matcher m = LINE.matcher(line);
      if (!m.matches()) {
        continue; // a signal or an exit
      }
      Matcher mark = SECTION.matcher(m.group(2));
      if (mark.matches()) {
        current.put(m.group(1), Integer.parseInt(mark.group(1)));
        sections.put(Integer.parseInt(mark.group(1)), new ArrayList<>());
      } else if (current.getOrDefault(m.group(1), 0) != 0) {
        sections.get(current.get(m.group(1))).add(m.group(2));
      }
    }
    return sections;
  }
}
