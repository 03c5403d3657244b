// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.util.List;

/** One thing that goes wrong when a helper gets copies of what its server has open. */
sealed interface Scene
    permits RestartScene,
        BacklogScene,
        HangUpScene,
        DiskScene,
        ExecScene,
        IntruderScene,
        UnchangedScene,
        HandOverScene {

  /** The name by which one scene is asked for. */
  String name();

  /** What it is about, in one line. */
  String title();

  /** What happens in it, for somebody who never heard of descriptors. */
  String plot();

  /** What a side of it is there to show. */
  String outcome(Side side);

  /**
   * Plays one side with the given cast and writes down what happens.
   *
   * @throws IOException if it cannot be played to its end
   */
  void play(Side side, Cast cast, Log log) throws IOException;

  /** All scenes, in the order in which they are told. */
  static List<Scene> all() {
    return List.of(
        new RestartScene(),
        new BacklogScene(),
        new HangUpScene(),
        new DiskScene(),
        new ExecScene(),
        new IntruderScene(),
        new UnchangedScene(),
        new HandOverScene());
  }
}
