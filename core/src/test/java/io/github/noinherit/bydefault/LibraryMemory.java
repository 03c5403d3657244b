// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What the data of the JDK's libraries was at one moment, read from this process's memory: the
 * oracle for "as before".
 *
 * <p>How it is read: /proc/self/maps names the mappings; those of libraries below {@code java.home}
 * that can be read and are no code are copied, byte by byte. The tables of addresses of a library
 * with full RELRO are in mappings that nobody may write to: these must not differ later. Variables
 * are in mappings that may be written to, and are compared word by word where a test asks.
 */
final class LibraryMemory {
  /** A line of /proc/self/maps. */
  private record Mapping(long start, long end, String permissions, String path) {
    boolean contains(long address) {
      return start <= address && address < end;
    }

    boolean isLibrary() {
      return path.startsWith(System.getProperty("java.home")) && path.endsWith(".so");
    }

    boolean isLibcsCode() {
      return permissions.contains("x") && path.matches(".*/libc[.-].*");
    }

    ByteBuffer read() {
      return ByteBuffer.wrap(at(start, end - start).toArray(JAVA_BYTE));
    }

    @Override
    public String toString() {
      return "%x-%x %s %s".formatted(start, end, permissions, path);
    }
  }

  private record Copy(Mapping mapping, ByteBuffer bytes) {}

  private final List<Copy> copies;

  private LibraryMemory(List<Copy> copies) {
    this.copies = copies;
  }

  /** What is there now. */
  static LibraryMemory take() throws IOException {
    List<Copy> copies = new ArrayList<>();
    long endOfLast = 0;
    for (Mapping m : mappings()) {
      // the variables without a value that follow a library's others have no path
      boolean continued = m.path().isEmpty() && m.start() == endOfLast;
      boolean data = m.permissions().startsWith("r") && !m.permissions().contains("x");
      if (data && (m.isLibrary() || continued)) {
        copies.add(new Copy(m, m.read()));
      }
      endOfLast = m.isLibrary() ? m.end() : 0;
    }
    return new LibraryMemory(copies);
  }

  /** The word at an address, as it was then; empty if nothing of a library was there. */
  OptionalLong wordAt(long address) {
    for (Copy c : copies) {
      if (c.mapping().contains(address)) {
        int offset = (int) (address - c.mapping().start());
        return OptionalLong.of(
            c.bytes().duplicate().order(ByteOrder.nativeOrder()).getLong(offset));
      }
    }
    return OptionalLong.empty();
  }

  /** The mappings that nobody may write to and that differ now, or have other permissions. */
  List<String> changes() throws IOException {
    List<String> changes = new ArrayList<>();
    List<Mapping> now = mappings();
    for (Copy c : copies) {
      if (c.mapping().permissions().contains("w")) {
        continue;
      }
      Mapping was = c.mapping();
      for (Mapping m : now) {
        if (m.start() < was.end() && was.start() < m.end()) {
          if (!m.permissions().equals(was.permissions())) {
            changes.add(was + " is now " + m);
          }
        }
      }
      int at = c.bytes().mismatch(was.read());
      if (at >= 0) {
        changes.add("%s differs at %x".formatted(was, was.start() + at));
      }
    }
    return changes;
  }

  /** The word at an address now. */
  static long word(long address) {
    return at(address, Long.BYTES).get(JAVA_LONG, 0);
  }

  /**
   * Of these addresses in libraries' tables those that do not lead to the C library now; those
   * whose library has been unloaded lead nowhere.
   */
  static List<String> notToLibc(List<Long> slots) throws IOException {
    List<Mapping> now = mappings();
    List<String> wrong = new ArrayList<>();
    for (long slot : slots) {
      if (now.stream().anyMatch(m -> m.isLibrary() && m.contains(slot))) {
        long target = word(slot);
        if (now.stream().noneMatch(m -> m.contains(target) && m.isLibcsCode())) {
          wrong.add("%x -> %x".formatted(slot, target));
        }
      }
    }
    return wrong;
  }

  private static List<Mapping> mappings() throws IOException {
    List<Mapping> mappings = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
      // START-END PERMISSIONS OFFSET DEVICE INODE PATH
      String[] words = line.split(" +", 6);
      String[] range = words[0].split("-", 2);
      mappings.add(
          new Mapping(
              Long.parseUnsignedLong(range[0], 16),
              Long.parseUnsignedLong(range[1], 16),
              words[1],
              words.length > 5 ? words[5] : ""));
    }
    return mappings;
  }

  private static MemorySegment at(long address, long size) {
    return MemorySegment.ofAddress(address).reinterpret(size);
  }
}
