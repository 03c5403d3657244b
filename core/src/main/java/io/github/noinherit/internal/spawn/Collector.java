// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Keeps all that a stream brings. One thread fills it, and another may look at any time at what is
 * there.
 */
final class Collector implements Readers.Body {
  /** Room for each read: as much as the stream's own buffer, which it then does without. */
  private static final int ROOM = 8192;

  /** The longest array that the JVM makes (jdk.internal.util.ArraysSupport). */
  private static final int LONGEST = Integer.MAX_VALUE - 8;

  private final Budget budget;
  private final int longest;
  // both guarded by this, except that the filling thread writes behind length without
  private byte[] bytes = new byte[ROOM];
  private int length;

  Collector(Budget budget) {
    this(budget, LONGEST);
  }

  Collector(Budget budget, int longest) {
    this.budget = budget;
    this.longest = longest;
  }

  @Override
  public void read(InputStream stream) throws IOException {
    byte[] target = withRoom();
    while (length() < longest) {
      int at = length();
      int n = stream.read(target, at, target.length - at);
      if (n < 0) {
        return;
      }
      int kept = budget.take(n);
      add(kept);
      if (kept < n) {
        throw budget.exceeded();
      }
      target = withRoom();
    }
    if (stream.read() >= 0) {
      throw new Budget.Exceeded(
          "it wrote more to one stream than the " + longest + " bytes that an array can hold");
    }
  }

  private synchronized byte[] withRoom() {
    if (bytes.length - length < ROOM && bytes.length < longest) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(longest, bytes.length * 2L));
    }
    return bytes;
  }

  private synchronized int length() {
    return length;
  }

  private synchronized void add(int n) {
    length += n;
  }

  /** A copy of what is there. */
  synchronized byte[] bytes() {
    return Arrays.copyOf(bytes, length);
  }
}
