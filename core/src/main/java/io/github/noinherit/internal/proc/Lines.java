// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.proc;

/** A text of lines, each with a line end behind it; one that was cut off at the end is left out. */
final class Lines {
  private final byte[] text;
  private final int length;
  private int from;
  private int end = -1;

  Lines(byte[] text, int length) {
    this.text = text;
    this.length = Math.min(length, text.length);
  }

  /** Goes to the next line. */
  boolean next() {
    from = end + 1;
    int i = from;
    while (i < length && text[i] != '\n') {
      i++;
    }
    end = i;
    return i < length;
  }

  /** Does the line begin so? */
  boolean begins(String prefix) {
    if (end - from < prefix.length()) {
      return false;
    }
    for (int i = 0; i < prefix.length(); i++) {
      if (text[from + i] != prefix.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The line, from behind a prefix on. */
  Words words(String what, int skipped) {
    return new Words(what, text, from + skipped, end);
  }
}
