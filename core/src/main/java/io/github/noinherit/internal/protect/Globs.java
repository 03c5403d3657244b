// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import java.util.List;

/** Pure: file names and the globs that match them, with {@code *} and {@code ?}. */
final class Globs {
  private Globs() {}

  /** Does one of these match a whole name? */
  static boolean matchAny(List<String> globs, String name) {
    for (String g : globs) {
      if (matches(g, name)) {
        return true;
      }
    }
    return false;
  }

  /** Does a glob match a whole name? */
  static boolean matches(String glob, String name) {
    int g = 0;
    int n = 0;
    int star = -1;
    int retry = 0;
    while (n < name.length()) {
      if (g < glob.length() && glob.charAt(g) == '*') {
        star = g++;
        retry = n;
      } else if (g < glob.length() && (glob.charAt(g) == '?' || glob.charAt(g) == name.charAt(n))) {
        g++;
        n++;
      } else if (star >= 0) {
        g = star + 1;
        n = ++retry;
      } else {
        return false;
      }
    }
    while (g < glob.length() && glob.charAt(g) == '*') {
      g++;
    }
    return g == glob.length();
  }
}
