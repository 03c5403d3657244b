// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.internal.ffi.Native;
import java.lang.foreign.MemorySegment;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;

/*
 * What is on, in memory of the process: who owns protection, what was changed, and how it was
 * before.
 *
 * It is kept in native memory and found through the patched slots themselves (HookPage), so that
 * copies of this library in several class loaders, which share the process but no class, see one
 * state. Only one thread at a time touches it: Protector holds the JVM-wide lock. Nothing native
 * ever reads it.
 *
 * Layout, version 1, of 64-bit words:
 *
 *   0 version   1 owners   2 patches  3 how many   4 flags  5 how many   6 libraries  7 how many
 *
 *   patch    { slot, original, hook }
 *   flag     { fd, device, inode, access, id }
 *   library  { handle of dlopen }
 *
 * The three arrays are malloc'ed, and freed when the last owner has left; the ledger itself stays
 * as long as the hooks that point to it, which is for ever.
 */
final class Ledger {
  private static final long VERSION = 1;
  private static final int WORDS = 8;
  private static final int OWNERS = 1;
  private static final int PATCHES = 2;
  private static final int FLAGS = 4;
  private static final int LIBRARIES = 6;

  // void *calloc(size_t count, size_t size);
  private static final MemorySegment calloc = Native.symbol("calloc");
  // void free(void *memory);
  private static final MemorySegment free = Native.symbol("free");

  private final long address;
  private final LongBuffer words;

  private Ledger(long address) {
    this.address = address;
    words = array(address, WORDS);
  }

  /** A new one, of which nobody knows. */
  static Ledger create() {
    Ledger ledger = new Ledger(allocate(WORDS));
    ledger.set(0, VERSION);
    return ledger;
  }

  /**
   * The one at an address.
   *
   * @throws UnsupportedOperationException if another version of this library made it
   */
  static Ledger at(long address) {
    Ledger ledger = new Ledger(address);
    if (ledger.get(0) != VERSION) {
      throw new UnsupportedOperationException(
          "another version of noinherit protects this JVM already, from another class loader; use"
              + " one version");
    }
    return ledger;
  }

  private static long allocate(long words) {
    long address = Native.call(calloc, Math.max(words, 1), 8).value();
    if (address == 0) {
      throw new OutOfMemoryError("calloc(" + words + ", 8)");
    }
    return address;
  }

  private static LongBuffer array(long address, int words) {
    return Native.memory(address, words * Long.BYTES).asLongBuffer();
  }

  long address() {
    return address;
  }

  private long get(int word) {
    return words.get(word);
  }

  private void set(int word, long value) {
    words.put(word, value);
  }

  long owners() {
    return get(OWNERS);
  }

  void setOwners(long owners) {
    set(OWNERS, owners);
  }

  List<Patch> patches() {
    List<Patch> patches = new ArrayList<>();
    for (long[] w : read(PATCHES, 3)) {
      patches.add(new Patch(w[0], w[1], w[2]));
    }
    return patches;
  }

  void setPatches(List<Patch> patches) {
    List<long[]> rows = new ArrayList<>();
    for (Patch p : patches) {
      rows.add(new long[] {p.slot(), p.original(), p.hook()});
    }
    write(PATCHES, 3, rows);
  }

  List<SweptFlag> flags() {
    List<SweptFlag> flags = new ArrayList<>();
    for (long[] w : read(FLAGS, 5)) {
      flags.add(new SweptFlag((int) w[0], w[1], w[2], (int) w[3], w[4]));
    }
    return flags;
  }

  void setFlags(List<SweptFlag> flags) {
    List<long[]> rows = new ArrayList<>();
    for (SweptFlag f : flags) {
      rows.add(new long[] {f.fd(), f.device(), f.inode(), f.access(), f.id()});
    }
    write(FLAGS, 5, rows);
  }

  List<Long> libraries() {
    List<Long> libraries = new ArrayList<>();
    for (long[] w : read(LIBRARIES, 1)) {
      libraries.add(w[0]);
    }
    return libraries;
  }

  void setLibraries(List<Long> handles) {
    List<long[]> rows = new ArrayList<>();
    for (long h : handles) {
      rows.add(new long[] {h});
    }
    write(LIBRARIES, 1, rows);
  }

  private List<long[]> read(int where, int width) {
    long count = get(where + 1);
    List<long[]> rows = new ArrayList<>();
    if (count > 0) {
      LongBuffer array = array(get(where), Math.toIntExact(count) * width);
      while (array.hasRemaining()) {
        long[] row = new long[width];
        array.get(row);
        rows.add(row);
      }
    }
    return rows;
  }

  private void write(int where, int width, List<long[]> rows) {
    long old = get(where);
    long fresh = 0;
    if (!rows.isEmpty()) {
      fresh = allocate((long) rows.size() * width);
      LongBuffer array = array(fresh, rows.size() * width);
      for (long[] row : rows) {
        array.put(row);
      }
    }
    set(where, fresh);
    set(where + 1, rows.size());
    if (old != 0) {
      Native.call(free, old);
    }
  }
}
