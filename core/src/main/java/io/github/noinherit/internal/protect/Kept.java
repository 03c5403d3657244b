// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.internal.protocol.GivenHandle;
import io.github.noinherit.internal.protocol.GivenHandles;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * Pure: the descriptors that the environment says are meant to go on, and that the sweep leaves as
 * they are until somebody has adopted them. What cannot be understood names none.
 */
final class Kept {
  private Kept() {}

  /**
   * The numbers.
   *
   * @param variable tells the value of a variable of the environment, "" if it is not set
   * @param pid this process
   */
  static Set<Integer> of(UnaryOperator<String> variable, long pid) {
    Set<Integer> kept = new TreeSet<>();
    add(GivenHandles.passed(variable.apply(GivenHandles.HANDLES)), kept);
    add(GivenHandles.listening(variable, pid), kept);
    addJobServer(variable.apply("MAKEFLAGS"), kept);
    return kept;
  }

  /** A source that cannot be understood is not adopted from either: Inherited says so. */
  private static void add(GivenHandles.Said said, Set<Integer> kept) {
    if (said instanceof GivenHandles.Handles(List<GivenHandle> handles)) {
      for (GivenHandle handle : handles) {
        kept.add(handle.number());
      }
    }
  }

  /** make's job server, as {@code --jobserver-auth=3,4}; {@code -fds} before make 4.2. */
  private static void addJobServer(String makeFlags, Set<Integer> kept) {
    if (makeFlags.isEmpty()) {
      return;
    }
    for (String word : makeFlags.split(" ", -1)) {
      if (word.startsWith("--jobserver-auth=") || word.startsWith("--jobserver-fds=")) {
        String[] ends = word.substring(word.indexOf('=') + 1).split(",", -1);
        if (ends.length == 2) {
          kept.add(number(ends[0]));
          kept.add(number(ends[1]));
        }
      }
    }
  }

  private static int number(String text) {
    if (text.isEmpty() || text.length() > 9) {
      return 0;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return 0;
      }
    }
    return Integer.parseInt(text);
  }
}
