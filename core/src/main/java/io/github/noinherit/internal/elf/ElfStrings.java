// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.elf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.HashSet;
import java.util.Set;

/*
 * Looks for C strings in an image, for all in one pass: where a NUL is, the two bytes before it say
 * whether one of them may end there.
 *
 * Linkers merge strings: one may be there only as the end of a longer one. So that counts too, if
 * the caller wants it to. What is before a whole one is no text; it need not be a NUL, but may be
 * the end of some table.
 */
final class ElfStrings {
  /** How much is copied at once. */
  private static final int CHUNK = 1 << 16;

  private final ElfBytes bytes;
  private final boolean mayBeEnd;
  private final byte[][] wanted;
  private final int longest;
  private final boolean[] ends = new boolean[1 << 16];
  private final Set<String> found = new HashSet<>();

  /**
   * @param wanted of two ASCII characters or more
   */
  ElfStrings(ElfBytes bytes, Set<String> wanted, boolean mayBeEnd) {
    this.bytes = bytes;
    this.mayBeEnd = mayBeEnd;
    this.wanted = new byte[wanted.size()][];
    int i = 0;
    int most = 0;
    for (String w : wanted) {
      byte[] text = w.getBytes(ISO_8859_1);
      ends[end(text, text.length)] = true;
      most = Math.max(most, text.length);
      this.wanted[i] = text;
      i++;
    }
    longest = most;
  }

  private static int end(byte[] text, int end) {
    return (text[end - 2] & 0xff) | ((text[end - 1] & 0xff) << 8);
  }

  /** Those that were found. */
  Set<String> found() {
    return found;
  }

  /** Looks through a range, but not through a part of it. */
  void in(ElfRange range, ElfRange left) throws ElfException {
    search(range.start(), Math.min(range.end(), left.start()));
    search(Math.max(range.start(), left.end()), range.end());
  }

  /** In chunks that overlap by the longest string, and a NUL at both of its ends. */
  private void search(long start, long end) throws ElfException {
    for (long at = start; at < end && found.size() < wanted.length; at += CHUNK) {
      long from = Math.max(start, at - longest - 2);
      byte[] chunk = bytes.array(from, Math.min(end, at + CHUNK) - from, "the constants");
      search(chunk, (int) (at - from), from == start);
    }
  }

  private void search(byte[] chunk, int first, boolean isStart) {
    for (int i = Math.max(first, 2); i < chunk.length; i++) {
      if (chunk[i] == 0 && ends[end(chunk, i)]) {
        for (byte[] w : wanted) {
          if (isAt(chunk, i - w.length, w, isStart)) {
            found.add(new String(w, ISO_8859_1));
          }
        }
      }
    }
  }

  private boolean isAt(byte[] chunk, int at, byte[] text, boolean isStart) {
    if (at < 0) {
      return false;
    }
    for (int i = 0; i < text.length; i++) {
      if (chunk[at + i] != text[i]) {
        return false;
      }
    }
    return mayBeEnd || (at == 0 ? isStart : !isText(chunk[at - 1]));
  }

  private static boolean isText(byte b) {
    return b >= ' ' || b == '\t' || b == '\n';
  }
}
