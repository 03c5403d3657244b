// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The bytes of an ELF image by virtual address: of a loaded one they lie there, of a file they are
 * found through its loadable segments. Every access is checked.
 */
final class ElfBytes {
  private final ByteBuffer bytes;
  private final boolean isFile;
  private long[] segments = new long[0]; // virtual address, size in the file, offset in the file

  ElfBytes(ByteBuffer bytes, boolean isFile) {
    this.bytes = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    this.isFile = isFile;
  }

  /** Of a file: the loadable segments, three numbers each. */
  void setSegments(long[] segments) {
    this.segments = segments;
  }

  int size() {
    return bytes.limit();
  }

  private int index(long address, int length, String what) throws ElfException {
    if (!isFile) {
      return checked(address, length, what);
    }
    for (int i = 0; i < segments.length; i += 3) {
      long inside = address - segments[i];
      if (inside >= 0 && inside <= segments[i + 1] - length) {
        return checked(segments[i + 2] + inside, length, what);
      }
    }
    throw new ElfException(what + " at 0x" + Long.toHexString(address) + " is in no segment");
  }

  private int checked(long index, int length, String what) throws ElfException {
    if (index < 0 || index > bytes.limit() - (long) length) {
      throw new ElfException(
          what + " at 0x" + Long.toHexString(index) + " is outside of the image");
    }
    return (int) index;
  }

  /** A number of the headers, which are found by their place in the file. */
  long header(long offset, int length, String what) throws ElfException {
    int index = checked(offset, length, what);
    return switch (length) {
      case 1 -> bytes.get(index) & 0xff;
      case 2 -> bytes.getShort(index) & 0xffff;
      case 4 -> bytes.getInt(index) & 0xffff_ffffL;
      default -> bytes.getLong(index);
    };
  }

  long getLong(long address, String what) throws ElfException {
    return bytes.getLong(index(address, 8, what));
  }

  /** A table of 64-bit words, copied: an array is read much faster while a JVM starts. */
  long[] words(long address, long count, String what) throws ElfException {
    if (count < 0 || count > size() / 8) {
      throw new ElfException(what + " of " + count + " words is longer than the image");
    }
    long[] words = new long[(int) count];
    if (count > 0) {
      int start = index(address, (int) count * 8, what);
      bytes.slice(start, (int) count * 8).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(words);
    }
    return words;
  }

  /** A table of bytes, copied. */
  byte[] array(long address, long length, String what) throws ElfException {
    if (length < 0 || length > size()) {
      throw new ElfException(what + " of " + length + " bytes is longer than the image");
    }
    byte[] array = new byte[(int) length];
    if (length > 0) {
      bytes.get(index(address, (int) length, what), array);
    }
    return array;
  }
}
