// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.util.ArrayList;
import java.util.List;

/** What happened in a scene, line by line, and where it was not what the scene must show. */
final class Log {
  private final List<Line> lines = new ArrayList<>();

  /** Somebody does something. */
  void tell(String who, String text) {
    lines.add(new Line(who, text, null, true));
  }

  /** Something was seen, and the scene needs it to be as expected. */
  void see(String who, String seen, boolean asExpected, String expected) {
    lines.add(new Line(who, seen, expected, asExpected));
  }

  /** True as long as everything seen was as expected. */
  boolean isAsExpected() {
    return lines.stream().allMatch(Line::holds);
  }

  List<Line> lines() {
    return List.copyOf(lines);
  }
}
