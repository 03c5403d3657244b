// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came out of one side of a scene.
 *
 * @param scene the scene
 * @param side which of the two times
 * @param lines what happened, in order
 * @param brokeOff why it could not be played to its end; null if it was
 */
record Finding(Scene scene, Side side, List<Line> lines, @Nullable String brokeOff) {
  Finding {
    lines = List.copyOf(lines);
  }

  /** True if everything the scene must show was seen. */
  boolean isShown() {
    return brokeOff == null && lines.stream().allMatch(Line::holds);
  }

  /** What this side of the scene is there to show. */
  String expected() {
    return scene.outcome(side);
  }

  /** The same if it was shown, else the first thing that was otherwise. */
  String seen() {
    if (isShown()) {
      return expected();
    }
    return lines.stream()
        .filter(line -> !line.holds())
        .findFirst()
        .map(line -> line.who() + ": " + line.text() + " (expected: " + line.expected() + ")")
        .orElse("the scene broke off: " + brokeOff);
  }
}
