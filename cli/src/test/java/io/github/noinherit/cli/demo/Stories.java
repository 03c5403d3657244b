// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import io.github.noinherit.cli.Outputs;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Plays scenes for tests, as they are cast or with the servers of the other side. */
final class Stories {
  /** What a told story ended with. */
  record Told(int status, String text) {}

  private Stories() {}

  static List<Finding> playAsCast(Scene scene) throws Exception {
    try (Story story = new Story()) {
      List<Finding> findings = new ArrayList<>();
      for (Story.Pair pair : story.play(List.of(scene))) {
        findings.add(pair.without().get());
        findings.add(pair.with().get());
      }
      return findings;
    }
  }

  static Told tell(UnaryOperator<Side> casting, List<Scene> scenes, boolean json) throws Exception {
    Outputs.Captured out = Outputs.capture(80);
    try (Story story = new Story(casting)) {
      int status = DemoCommand.tell(story, scenes, json, out.output());
      return new Told(status, out.text());
    }
  }
}
