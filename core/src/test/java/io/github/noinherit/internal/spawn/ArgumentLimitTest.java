// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The room for arguments and environment: execve(2), "Limits on size". */
class ArgumentLimitTest {
  private static final long MIB = 1L << 20;

  @Test
  void aStringTakesItsBytesItsNulAndItsPointer() {
    assertEquals(0, ArgumentLimit.size(List.of(), List.of()));
    assertEquals(9 + 12, ArgumentLimit.size(List.of(new byte[0]), List.of(new byte[3])));
  }

  @Test
  void theRoomIsAQuarterOfTheStack() {
    assertEquals(2 * MIB, ArgumentLimit.limit(8 * MIB));
  }

  @Test
  void theRoomIsAtLeast32PagesAndAtMostSixMebibytes() {
    assertEquals(128 * 1024, ArgumentLimit.limit(0));
    assertEquals(128 * 1024, ArgumentLimit.limit(64 * 1024));
    assertEquals(6 * MIB, ArgumentLimit.limit(100 * MIB));
    assertEquals(6 * MIB, ArgumentLimit.limit(-1));
  }
}
