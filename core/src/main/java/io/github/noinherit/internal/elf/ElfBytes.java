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

  /** The same, of 64-bit words. */
  long[] headers(long offset, long count, String what) throws ElfException {
    return words(checked(offset, checkedSize(count, what), what), (int) count);
  }

  /** A table of 64-bit words, copied: an array is read much faster while a JVM starts. */
  long[] words(long address, long count, String what) throws ElfException {
    int size = checkedSize(count, what);
    return count == 0 ? new long[0] : words(index(address, size, what), (int) count);
  }

  private int checkedSize(long count, String what) throws ElfException {
    if (count < 0 || count > size() / Long.BYTES) {
      throw new ElfException(what + " of " + count + " words is longer than the image");
    }
    return (int) count * Long.BYTES;
  }

  private long[] words(int index, int count) {
    long[] words = new long[count];
    ByteBuffer slice = bytes.slice(index, count * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    slice.asLongBuffer().get(words);
    return words;
  }

  /** A table of bytes, copied. */
  byte[] array(long address, long length, String what) throws ElfException {
    return array(address, length, 0, what);
  }

  /** The same, with NULs behind it. */
  byte[] array(long address, long length, int padding, String what) throws ElfException {
    if (length < 0 || length > size()) {
      throw new ElfException(what + " of " + length + " bytes is longer than the image");
    }
    byte[] array = new byte[(int) length + padding];
    if (length > 0) {
      bytes.get(index(address, (int) length, what), array, 0, (int) length);
    }
    return array;
  }
}
