// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/** How many bytes several streams may bring together. */
final class Budget {
  /** It was more. */
  static final class Exceeded extends IOException {
    private static final long serialVersionUID = 1L;

    Exceeded(String message) {
      super(message);
    }
  }

  private final long limit;
  private final AtomicLong left;

  Budget(long limit) {
    this.limit = limit;
    this.left = new AtomicLong(limit);
  }

  /** Takes so many bytes, or what is left of it; how many those are. */
  int take(int bytes) {
    long before = left.getAndUpdate(l -> l - Math.min(l, bytes));
    return (int) Math.min(before, bytes);
  }

  Exceeded exceeded() {
    return new Exceeded("it wrote more than the " + limit + " bytes that it was allowed");
  }
}
