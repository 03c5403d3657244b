// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What cannot arrive whole in C is refused by name. */
final class CStringsTest {
  @Test
  void aNulIsRefusedWithItsPlace() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> CStrings.encode("argument 2", "sec\0ret", StandardCharsets.UTF_8));
    assertTrue(e.getMessage().startsWith("argument 2 has a NUL"), e.getMessage());
    assertTrue(e.getMessage().contains("index 3"), e.getMessage());
    assertFalse(e.getMessage().contains("sec"), "quotes what may be a secret");
  }

  @Test
  void aCharacterThatTheEncodingLacksIsRefusedWithTheRemedy() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> CStrings.encode("the program", "caf\u00e9", StandardCharsets.US_ASCII));
    assertTrue(e.getMessage().startsWith("the program has the character U+00E9 at index 3"));
    assertTrue(e.getMessage().contains("cannot be written in US-ASCII"), e.getMessage());
    assertFalse(e.getMessage().contains("caf"), "quotes what may be a secret");
    assertTrue(e.getMessage().contains("LC_ALL=C.UTF-8"), e.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> CStrings.encode("half a pair", "\ud800", StandardCharsets.UTF_8));
    assertArrayEquals(
        new byte[] {(byte) 0xe9}, CStrings.encode("x", "\u00e9", StandardCharsets.ISO_8859_1));
  }

  @Test
  void aStringEndsWithANulAndAnArrayWithNull() {
    try (Arena arena = Arena.ofConfined()) {
      byte[] empty = {};
      byte[] text = "text".getBytes(StandardCharsets.UTF_8);
      assertEquals("text", CStrings.allocate(arena, text).getString(0));
      assertEquals("", CStrings.allocate(arena, empty).getString(0));
      MemorySegment array = CStrings.allocateArray(arena, List.of(text, empty, text));
      assertEquals(4 * 8, array.byteSize());
      for (int i = 0; i < 3; i++) {
        MemorySegment string = array.getAtIndex(ADDRESS, i).reinterpret(10);
        assertEquals(i == 1 ? "" : "text", string.getString(0));
      }
      assertEquals(MemorySegment.NULL, array.getAtIndex(ADDRESS, 3));
      MemorySegment none = CStrings.allocateArray(arena, List.of());
      assertEquals(MemorySegment.NULL, none.getAtIndex(ADDRESS, 0));
    }
  }
}
