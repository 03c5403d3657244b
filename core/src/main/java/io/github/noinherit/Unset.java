// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import io.github.noinherit.internal.spawn.Launch.Redirected;
import io.github.noinherit.internal.spawn.Launch.Stream;
import java.io.File;
import java.lang.ProcessBuilder.Redirect;

/**
 * Pure: what becomes of a child's standard streams that were not set, by what is done with it.
 *
 * @param isWritten does anybody write to a pipe that is its standard input
 * @param isRead does anybody read from pipes that are its output
 */
record Unset(Stream input, Stream output, Stream error, boolean isWritten, boolean isRead) {
  private static final Redirect NOTHING = Redirect.from(new File("/dev/null"));
  private static final String[] NAMES = {"standard input", "standard output", "standard error"};

  /** {@link Spawn#start}: pipes, for the caller to serve. */
  static final Unset PIPES = of(Redirect.PIPE, Redirect.PIPE, true, true);

  /** {@link Spawn#capture} and {@link Spawn#lines}: we read. */
  static final Unset READ = of(NOTHING, Redirect.PIPE, false, true);

  /** {@link Spawn#run}: this process' own. */
  static final Unset INHERIT = of(Redirect.INHERIT, Redirect.INHERIT, false, false);

  /** {@link Spawn#startAndForget}. */
  static final Unset FORGET = of(NOTHING, Redirect.DISCARD, false, false);

  private static Unset of(Redirect input, Redirect outputs, boolean isWritten, boolean isRead) {
    Stream output = new Redirected(outputs);
    return new Unset(new Redirected(input), output, output, isWritten, isRead);
  }

  /**
   * Refuses a pipe whose other end nobody serves.
   *
   * @throws IllegalStateException if there is one
   */
  void requireServed(Spawn spawn) {
    for (int i = 0; i < NAMES.length; i++) {
      if (spawn.hasPipe(i) && !(i == 0 ? isWritten : isRead)) {
        throw new IllegalStateException(
            NAMES[i]
                + " of "
                + CommandText.of(spawn.words())
                + " was set to a pipe, and nobody would "
                + (i == 0 ? "write to it: use input(…) or start()" : "read it: use start()"));
      }
    }
  }
}
