// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.time.Duration;

/**
 * How the story is told: called in the order of the story, as soon as there is something to tell.
 */
sealed interface Telling permits PlainTelling, JsonTelling {
  void begin();

  void scene(Scene scene);

  void finding(Finding finding);

  void end(boolean shown, Duration took);
}
