// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import io.github.noinherit.internal.protocol.GivenHandles;
import java.util.List;

/**
 * Which descriptors this JVM has adopted, for all copies of this class in it: by number, as a
 * number says which handle was given. It stays so when the channel is closed and the number is
 * somebody else's.
 *
 * <p>Class loaders share the system properties and interned strings: the one is the record, the
 * other the lock. A program that replaces all system properties loses the record.
 */
final class Adopted {
  /** Held while anything is adopted. */
  static final Object LOCK = "io.github.noinherit: adoption".intern();

  private static final String PROPERTY = "noinherit.adopted";

  private Adopted() {}

  /** Entries {@code NUMBER}, or {@code NUMBER=NAME}, with commas between. */
  private static String[] entries() {
    return System.getProperty(PROPERTY, "").split(",", -1);
  }

  static boolean contains(int number) {
    for (String entry : entries()) {
      if (entry.equals("" + number) || entry.startsWith(number + "=")) {
        return true;
      }
    }
    return false;
  }

  /** Was what has no name of its own adopted under this one? */
  static boolean contains(int number, String name) {
    return List.of(entries()).contains(number + "=" + name);
  }

  static void add(int number) {
    add("" + number);
  }

  /**
   * Adds what has no name of its own.
   *
   * @param name by which it was asked for
   */
  static void add(int number, String name) {
    add(GivenHandles.isName(name) ? number + "=" + name : "" + number);
  }

  private static void add(String entry) {
    String before = System.getProperty(PROPERTY, "");
    System.setProperty(PROPERTY, before.isEmpty() ? entry : before + "," + entry);
  }
}
