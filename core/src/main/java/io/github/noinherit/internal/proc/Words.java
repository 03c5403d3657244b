// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.proc;

import static java.nio.charset.StandardCharsets.UTF_8;

/** One line of bytes, read word by word. */
final class Words {
  private final String what;
  private final byte[] text;
  private final int start;
  private final int end;
  private int at;

  /**
   * A line.
   *
   * @param what names the file in exceptions
   */
  Words(String what, byte[] text, int from, int end) {
    this.what = what;
    this.text = text;
    this.start = from;
    this.at = from;
    this.end = end;
  }

  private void skipBlanks() {
    while (at < end && (text[at] == ' ' || text[at] == '\t')) {
      at++;
    }
  }

  /** Is nothing left but blanks? */
  boolean isAtEnd() {
    skipBlanks();
    return at == end;
  }

  /** Passes over one word, which must be there. */
  void skip() throws ProcFormatException {
    skipBlanks();
    int first = at;
    while (at < end && text[at] != ' ' && text[at] != '\t') {
      at++;
    }
    if (at == first) {
      throw bad("a word is missing");
    }
  }

  /** Passes over some words. */
  void skip(int count) throws ProcFormatException {
    for (int i = 0; i < count; i++) {
      skip();
    }
  }

  /** Passes over this character, after blanks. */
  void skip(char wanted) throws ProcFormatException {
    skipBlanks();
    if (at == end || text[at] != wanted) {
      throw bad("no '" + wanted + "'");
    }
    at++;
  }

  /** Does this character come next, after blanks? */
  boolean isNext(char wanted) {
    skipBlanks();
    return at < end && text[at] == wanted;
  }

  /** A single character that is a word. */
  char character() throws ProcFormatException {
    skipBlanks();
    int first = at;
    skip();
    if (at != first + 1) {
      throw bad("more than a character");
    }
    return (char) (text[first] & 0xff);
  }

  /** A number without sign that fits into a long. */
  long number(int base) throws ProcFormatException {
    skipBlanks();
    return digits(base, end);
  }

  /** A number of digits as printed by %08X and the like: no more than so many. */
  long digits(int base, int most) throws ProcFormatException {
    long value = 0;
    int first = at;
    int stop = (int) Math.min(end, (long) at + most);
    for (; at < stop; at++) {
      int digit = Character.digit(text[at], base);
      if (digit < 0) {
        break;
      }
      if (value > (Long.MAX_VALUE - digit) / base) {
        throw bad("a number is too large");
      }
      value = value * base + digit;
    }
    if (at == first) {
      throw bad("a number is missing");
    }
    return value;
  }

  /** A number that may have a minus sign. */
  long signed() throws ProcFormatException {
    if (isNext('-')) {
      at++;
      return -number(10);
    }
    return number(10);
  }

  /** A number that fits into an int. */
  int integer(int base) throws ProcFormatException {
    long value = number(base);
    if (value > 0xffff_ffffL) {
      throw bad("a number is too large");
    }
    return (int) value;
  }

  /** All that is left, after one blank. */
  String rest() {
    int first = Math.min(at + 1, end);
    at = end;
    return new String(text, first, end - first, UTF_8);
  }

  ProcFormatException bad(String why) {
    return new ProcFormatException(
        "not a line of "
            + what
            + " ("
            + why
            + " at "
            + (at - start)
            + "): "
            + new String(text, start, end - start, UTF_8));
  }
}
