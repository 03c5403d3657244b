// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.internal.elf.ElfImage;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.linux.DynamicLinker;
import java.io.IOException;
import java.nio.ByteBuffer;

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
    return of(name, handle, DynamicLinker.bases(handle)[0]);
  }

  static LoadedLibrary of(String name, long handle, long base) throws IOException {
    ByteBuffer memory = Native.memory(base, sizeAt(base));
    return new LoadedLibrary(name, handle, base, ElfImage.ofMemory(memory, base));
  }

  /** The bytes from where a library begins to the end of its last segment. */
  static int sizeAt(long base) throws IOException {
    long[] words = new long[HEADERS / Long.BYTES];
    Native.memory(base, HEADERS).asLongBuffer().get(words);
    int at = Math.toIntExact(words[4]) / Long.BYTES; // e_phoff
    int width = (int) (words[6] >>> 48) / Long.BYTES; // e_phentsize
    int count = (int) words[7] & 0xffff; // e_phnum
    if ((int) words[0] != 0x464c457f || at + count * width > words.length) {
      throw new IOException(
          "no ELF header where the dynamic linker loaded a library: 0x" + Long.toHexString(base));
    }
    long size = 0;
    for (int i = at; i < at + count * width; i += width) { // Elf64_Phdr
      if ((int) words[i] == PT_LOAD) {
        size = Math.max(size, words[i + 2] + words[i + 5]);
      }
    }
    return Math.toIntExact(size);
  }

  /** Is an address inside this library? */
  boolean contains(long address) {
    return address >= base && address < base + image.memorySize();
  }
}
