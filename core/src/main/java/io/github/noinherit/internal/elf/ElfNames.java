// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.elf;

import java.util.Set;

/**
 * Names to look for among a library's imports. Most imports are others, and this runs while a JVM
 * starts, in its interpreter: the first two characters tell most of them apart without a string
 * being made.
 */
public final class ElfNames {
  private final Set<String> names;
  private final boolean[] beginnings = new boolean[1 << 16];

  /** These names, each of two characters at least. */
  public ElfNames(Set<String> names) {
    this.names = Set.copyOf(names);
    for (String n : names) {
      beginnings[n.charAt(0) | n.charAt(1) << 8] = true;
    }
  }

  /** The names. */
  Set<String> set() {
    return names;
  }

  /** May a name begin with these two characters? */
  boolean mayHave(byte first, byte second) {
    return beginnings[(first & 0xff) | (second & 0xff) << 8];
  }
}
