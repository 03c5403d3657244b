// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.ffi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.util.List;

/** Strings on their way to C: bytes in a named encoding, without a NUL inside, with one behind. */
public final class CStrings {
  private CStrings() {}

  /**
   * Encodes a string, refusing what cannot arrive whole. The exception does not quote it: it may be
   * a secret.
   *
   * @param what names the string in the exception, such as "argument 2"
   * @throws IllegalArgumentException if it has a NUL, or a character that the encoding lacks
   */
  public static byte[] encode(String what, String string, Charset charset) {
    int nul = string.indexOf('\0');
    if (nul >= 0) {
      throw new IllegalArgumentException(
          what + " has a NUL character at index " + nul + ", and C strings end there");
    }
    if (isAscii(string)) {
      return string.getBytes(charset); // an encoder takes much longer while a JVM starts
    }
    try {
      ByteBuffer bytes = charset.newEncoder().encode(CharBuffer.wrap(string));
      byte[] result = new byte[bytes.remaining()];
      bytes.get(result);
      return result;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          what
              + " has "
              + firstUnencodable(string, charset)
              + ", which cannot be written in "
              + charset
              + ", the encoding of this JVM's locale for names and arguments; start the JVM in a"
              + " UTF-8 locale, for example with LC_ALL=C.UTF-8",
          e);
    }
  }

  private static boolean isAscii(String string) {
    for (int i = 0; i < string.length(); i++) {
      if (string.charAt(i) > 127) {
        return false;
      }
    }
    return true;
  }

  private static String firstUnencodable(String string, Charset charset) {
    CharsetEncoder encoder = charset.newEncoder();
    int index = 0;
    while (index < string.length()) {
      int character = string.codePointAt(index);
      int length = Character.charCount(character);
      if (!encoder.canEncode(string.substring(index, index + length))) {
        return String.format("the character U+%04X at index %d", character, index);
      }
      index += length;
    }
    return "a character";
  }

  /** A copy of the bytes with a NUL behind them. */
  public static MemorySegment allocate(SegmentAllocator allocator, byte[] bytes) {
    MemorySegment segment = allocator.allocate(bytes.length + 1L);
    segment.asByteBuffer().put(bytes).put((byte) 0);
    return segment;
  }

  /** A NULL-terminated array of pointers to NUL-terminated strings: {@code char *const argv[]}. */
  public static MemorySegment allocateArray(SegmentAllocator allocator, List<byte[]> strings) {
    long bytes = 0;
    for (byte[] s : strings) {
      bytes += s.length + 1L;
    }
    MemorySegment block = allocator.allocate(Math.max(bytes, 1));
    MemorySegment array = allocator.allocate(ValueLayout.ADDRESS, strings.size() + 1L);
    long at = 0;
    for (int i = 0; i < strings.size(); i++) {
      byte[] s = strings.get(i);
      MemorySegment.copy(s, 0, block, ValueLayout.JAVA_BYTE, at, s.length);
      block.set(ValueLayout.JAVA_BYTE, at + s.length, (byte) 0);
      array.setAtIndex(ValueLayout.ADDRESS, i, block.asSlice(at));
      at += s.length + 1L;
    }
    array.setAtIndex(ValueLayout.ADDRESS, strings.size(), MemorySegment.NULL);
    return array;
  }
}
