// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

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

  private static String numbers() {
    return System.getProperty(PROPERTY, "");
  }

  static boolean contains(int number) {
    return ("," + numbers() + ",").contains("," + number + ",");
  }

  static void add(int number) {
    System.setProperty(PROPERTY, numbers().isEmpty() ? "" + number : numbers() + "," + number);
  }
}
