// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.internal.elf.ElfImage;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.linux.DynamicLinker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A library in this process, read from memory and not from its file: an upgrade may have replaced
 * the file since it was loaded.
 *
 * @param name its file name
 * @param handle of dlopen; it keeps the library loaded
 * @param base where its virtual address 0 is
 * @param image its tables
 */
record LoadedLibrary(String name, long handle, long base, ElfImage image) {
  /** The ELF header and the program headers behind it are in the first page. */
  private static final int HEADERS = 4096;

  private static final int PT_LOAD = 1;

  static LoadedLibrary of(String name, long handle) throws IOException {
    long base = DynamicLinker.base(handle);
    ByteBuffer headers = memory(base, HEADERS);
    long size = 0;
    int at = Math.toIntExact(headers.getLong(32)); // e_phoff
    int width = headers.getShort(54) & 0xffff; // e_phentsize
    int count = headers.getShort(56) & 0xffff; // e_phnum
    if (headers.getInt(0) != 0x464c457f || at + count * width > HEADERS) {
      throw new IOException(name + ": no ELF header where the dynamic linker loaded it");
    }
    for (int i = 0; i < count; i++) {
      int header = at + i * width;
      if (headers.getInt(header) == PT_LOAD) {
        size = Math.max(size, headers.getLong(header + 16) + headers.getLong(header + 40));
      }
    }
    if (size > Integer.MAX_VALUE) {
      throw new IOException(name + ": its " + size + " bytes are more than can be read");
    }
    return new LoadedLibrary(name, handle, base, ElfImage.ofMemory(memory(base, (int) size), base));
  }

  private static ByteBuffer memory(long address, int size) {
    return Native.at(address, size).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** What a pointer in this library's memory holds. */
  static long read(long slot) {
    return Native.at(slot, Long.BYTES).get(JAVA_LONG, 0);
  }

  /** Is an address inside this library? */
  boolean contains(long address) {
    return address >= base && address < base + image.memorySize();
  }
}
