// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * Pure: the descriptors that the environment says are meant to go on, and that the sweep leaves as
 * they are until somebody has adopted them. What cannot be understood names none.
 */
final class Kept {
  private static final int FIRST_LISTEN_FD = 3; // sd-daemon.h, SD_LISTEN_FDS_START
  private static final int MOST = 65536;

  private Kept() {}

  /**
   * The numbers.
   *
   * @param variable tells the value of a variable of the environment, "" if it is not set
   * @param pid this process
   */
  static Set<Integer> of(UnaryOperator<String> variable, long pid) {
    Set<Integer> kept = new TreeSet<>();
    if (variable.apply("LISTEN_PID").equals(Long.toString(pid))) {
      int count = number(variable.apply("LISTEN_FDS"));
      for (int i = 0; i < Math.min(count, MOST); i++) {
        kept.add(FIRST_LISTEN_FD + i);
      }
    }
    String handles = variable.apply("NOINHERIT_HANDLES");
    if (!handles.isEmpty()) {
      for (String handle : handles.split(",", -1)) {
        int number = number(handle.substring(handle.lastIndexOf('=') + 1));
        if (number > 2) {
          kept.add(number);
        }
      }
    }
    addJobServer(variable.apply("MAKEFLAGS"), kept);
    return kept;
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
