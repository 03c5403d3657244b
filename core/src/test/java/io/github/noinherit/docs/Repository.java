// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The checkout in which the tests run, and the examples in its pages. */
final class Repository {
  private Repository() {}

  /** The folder that holds README.md and the command. */
  static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (folder != null) {
      if (Files.exists(folder.resolve("README.md")) && Files.exists(folder.resolve("noinherit"))) {
        return folder;
      }
      folder = folder.getParent();
    }
    throw new IllegalStateException("no README.md above " + Path.of("").toAbsolutePath());
  }

  /** The first example in Java of a page. */
  static List<String> firstExample(String page) throws IOException {
    return between(Files.readAllLines(root().resolve(page)), "```java", "```");
  }

  /** The lines of a test's source between the comments "NAME: begin" and "NAME: end". */
  static List<String> compiled(String source, String name) throws IOException {
    String indent = "    ";
    List<String> lines = Files.readAllLines(root().resolve(source));
    return between(lines, "// " + name + ": begin", "// " + name + ": end").stream()
        .map(line -> line.startsWith(indent) ? line.substring(indent.length()) : line)
        .toList();
  }

  /** The lines after the first that is {@code begin} and before the next that is {@code end}. */
  private static List<String> between(List<String> lines, String begin, String end) {
    List<String> stripped = lines.stream().map(String::strip).toList();
    int from = stripped.indexOf(begin) + 1;
    int length = stripped.subList(from, stripped.size()).indexOf(end);
    return lines.subList(from, from + length);
  }
}
