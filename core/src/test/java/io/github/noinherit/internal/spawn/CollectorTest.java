// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is kept of a stream, at every edge. */
class CollectorTest {
  private static final Random RANDOM = new Random(1);

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  /** A stream that brings what it has in pieces of one length. */
  private static InputStream inPieces(byte[] bytes, int piece) {
    return new ByteArrayInputStream(bytes) {
      @Override
      public synchronized int read(byte[] into, int offset, int length) {
        return super.read(into, offset, Math.min(piece, length));
      }
    };
  }

  @Test
  void everyLengthInEveryPieceIsKept() throws Exception {
    for (int length : new int[] {0, 1, 8191, 8192, 8193, 16384, 100_000}) {
      for (int piece : new int[] {1, 7, 4096, 8192, 65536}) {
        byte[] bytes = random(length);
        Collector collector = new Collector(new Budget(length));
        collector.read(inPieces(bytes, piece));
        assertArrayEquals(bytes, collector.bytes(), length + " in " + piece);
      }
    }
  }

  @Test
  void twoShareOneBudgetToTheLastByte() throws Exception {
    Budget budget = new Budget(15_000);
    Collector first = new Collector(budget);
    Collector second = new Collector(budget);
    first.read(inPieces(random(10_000), 999));
    byte[] bytes = random(10_000);
    assertThrows(Budget.Exceeded.class, () -> second.read(inPieces(bytes, 999)));
    assertArrayEquals(Arrays.copyOf(bytes, 5_000), second.bytes());
    assertThrows(Budget.Exceeded.class, () -> second.read(inPieces(bytes, 1)));
    assertEquals(5_000, second.bytes().length);
  }

  /** An array holds no more than its length: here as if that were 20,000. */
  @Test
  void moreThanAnArrayHoldsIsToldAndNotLost() throws Exception {
    Collector collector = new Collector(new Budget(Long.MAX_VALUE), 20_000);
    byte[] bytes = random(30_000);
    Budget.Exceeded e =
        assertThrows(Budget.Exceeded.class, () -> collector.read(inPieces(bytes, 3_000)));
    assertEquals(
        "it wrote more to one stream than the 20000 bytes that an array can hold", e.getMessage());
    assertArrayEquals(Arrays.copyOf(bytes, 20_000), collector.bytes());
    Collector exactly = new Collector(new Budget(Long.MAX_VALUE), 20_000);
    exactly.read(inPieces(Arrays.copyOf(bytes, 20_000), 3_000));
    assertEquals(20_000, exactly.bytes().length);
  }
}
