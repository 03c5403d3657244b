// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What texts have to fit.
 *
 * @param width columns
 * @param colours whether escape sequences may be used
 */
public record Page(int width, boolean colours) {
  private static final int USUAL_WIDTH = 80;
  private static final int LEAST_WIDTH = 40;
  private static final int LEAST_ROOM = 20;
  private static final int MOST_WIDTH = 120; // longer lines are hard to read

  /** The page of standard output: {@code COLUMNS} or 80 wide, with colours on a terminal only. */
  static Page ofStandardOutput(Map<String, String> environment) {
    boolean wanted =
        environment.getOrDefault("NO_COLOR", "").isEmpty()
            && !environment.getOrDefault("TERM", "dumb").equals("dumb");
    return new Page(width(environment.get("COLUMNS")), wanted && isTerminal());
  }

  /** The width that {@code COLUMNS} names, within reason. */
  static int width(@Nullable String columns) {
    if (columns == null || !columns.matches("[1-9][0-9]{0,8}")) {
      return USUAL_WIDTH;
    }
    return Math.clamp(Integer.parseInt(columns), LEAST_WIDTH, MOST_WIDTH);
  }

  /** Asked of /proc: the JDK's Console says yes only if standard input is a terminal too. */
  private static boolean isTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException notLinux) {
      return false;
    }
  }

  /** Breaks a text into lines: the first begins with {@code start}, the others are as indented. */
  public List<String> wrap(String start, String text) {
    List<String> lines = new ArrayList<>();
    String blanks = " ".repeat(start.length());
    int room = Math.max(LEAST_ROOM, width - start.length());
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > room) {
        lines.add((lines.isEmpty() ? start : blanks) + line);
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
      while (line.length() > room) { // a word, mostly a path, that is wider than the page
        lines.add((lines.isEmpty() ? start : blanks) + line.substring(0, room));
        line.delete(0, room);
      }
    }
    lines.add((lines.isEmpty() ? start : blanks) + line);
    return lines;
  }

  /** The text in bold type. */
  public String bold(String text) {
    return styled("1", text);
  }

  /** The text as something that goes wrong. */
  public String red(String text) {
    return styled("31", text);
  }

  /** The text as something that is right. */
  public String green(String text) {
    return styled("32", text);
  }

  /** The text as something to be read last. */
  public String dim(String text) {
    return styled("2", text);
  }

  private String styled(String code, String text) {
    return colours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
