// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that may bring only so much; what is allowed comes before the exception. */
final class Metered extends FilterInputStream {
  private final Budget budget;
  private boolean exceeded;

  Metered(InputStream stream, Budget budget) {
    super(stream);
    this.budget = budget;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (exceeded) {
      throw budget.exceeded();
    }
    int n = in.read(bytes, offset, length);
    if (n <= 0) {
      return n;
    }
    int kept = budget.take(n);
    exceeded = kept < n;
    if (kept == 0) {
      throw budget.exceeded();
    }
    return kept;
  }
}
