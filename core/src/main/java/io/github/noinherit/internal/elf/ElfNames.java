// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.elf;

import java.util.Set;

/**
 * Names to look for among a library's imports. Most imports are others, and this runs while a JVM
 * starts, in its interpreter: the first four characters tell nearly all of them apart without a
 * string being made.
 */
public final class ElfNames {
  private static final int BITS = 10;

  private final Set<String> names;
  private final boolean[] beginnings = new boolean[1 << BITS];

  /** These names, each of three characters at least. */
  public ElfNames(Set<String> names) {
    this.names = Set.copyOf(names);
    for (String n : names) {
      char fourth = n.length() > 3 ? n.charAt(3) : 0;
      int four = n.charAt(0) | (n.charAt(1) << 8) | (n.charAt(2) << 16) | (fourth << 24);
      beginnings[hash(four)] = true;
    }
  }

  /** The names. */
  Set<String> set() {
    return names;
  }

  /** May the name in a table of strings be one of these? */
  boolean mayHave(byte[] text, int at) {
    int four =
        (text[at] & 0xff)
            | ((text[at + 1] & 0xff) << 8)
            | ((text[at + 2] & 0xff) << 16)
            | (text[at + 3] << 24);
    return beginnings[hash(four)];
  }

  private static int hash(int four) {
    return (four * 0x9e37_79b1) >>> (32 - BITS);
  }
}
