// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A process's descriptor table at one moment, read from the kernel.
 *
 * <p>How it is read: the folder /proc/PID/fd is opened, listed and closed with raw system calls.
 * Then each entry is looked at: its link, its fdinfo, what it is open on, and its link again. One
 * that has vanished is not in the table, and the listing's own descriptor always has; one whose
 * link changed is looked at anew. A number is not in any table while the kernel opens its fdinfo
 * file, so that file never shows up as the entry itself. Nothing here opens a Java object, so
 * reading the table never changes it.
 *
 * <p>In a process that opens and closes at the same time the entries are each true, but of slightly
 * different moments.
 */
public final class DescriptorTable {
  private final SortedMap<Integer, Descriptor> descriptors;

  private DescriptorTable(SortedMap<Integer, Descriptor> descriptors) {
    this.descriptors = Collections.unmodifiableSortedMap(descriptors);
  }

  /** This process's table. */
  public static DescriptorTable ofThisProcess() {
    return read("/proc/self");
  }

  /** Another process's table. Throws if there is no such process, or it may not be looked at. */
  public static DescriptorTable of(long pid) {
    if (pid == ProcessHandle.current().pid()) {
      return ofThisProcess();
    }
    return read("/proc/" + pid);
  }

  /** A table of these descriptors, for tests and for reports that came from elsewhere. */
  public static DescriptorTable of(Collection<Descriptor> descriptors) {
    TreeMap<Integer, Descriptor> map = new TreeMap<>();
    for (Descriptor descriptor : descriptors) {
      map.put(descriptor.number(), descriptor);
    }
    return new DescriptorTable(map);
  }

  /** Number to descriptor, in order. */
  public SortedMap<Integer, Descriptor> descriptors() {
    return descriptors;
  }

  /** The numbers, in order. */
  public Set<Integer> numbers() {
    return descriptors.keySet();
  }

  /** The entry of this number, if it is open. */
  public Optional<Descriptor> get(int number) {
    return Optional.ofNullable(descriptors.get(number));
  }

  /**
   * What is in this table and was not in the earlier one: numbers that were not open then, or that
   * were open on something else.
   */
  public List<Descriptor> since(DescriptorTable earlier) {
    return descriptors.values().stream()
        .filter(now -> earlier.get(now.number()).map(before -> !before.sameFile(now)).orElse(true))
        .toList();
  }

  /** Throws an {@link AssertionError} naming each descriptor that the earlier table had not. */
  public void assertNothingSince(DescriptorTable earlier) {
    List<Descriptor> fresh = since(earlier);
    if (!fresh.isEmpty()) {
      throw new AssertionError(
          fresh.size() + " descriptors that were not there before:\n" + lines(fresh));
    }
  }

  @Override
  public String toString() {
    return lines(descriptors.values());
  }

  private static String lines(Collection<Descriptor> descriptors) {
    return descriptors.stream().map(d -> "  " + d).collect(Collectors.joining("\n"));
  }

  private static DescriptorTable read(String process) {
    TreeMap<Integer, Descriptor> found = new TreeMap<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(32 * 1024, 8);
      for (int number : list(process + "/fd", arena, buffer)) {
        Descriptor descriptor = look(process, number, buffer);
        if (descriptor != null) {
          found.put(number, descriptor);
        }
      }
    }
    return new DescriptorTable(found);
  }

  /*
   * struct linux_dirent64 (include/linux/dirent.h): u64 d_ino; s64 d_off; unsigned short d_reclen;
   * unsigned char d_type; char d_name[]; so the record length is at 16 and the name at 19.
   */
  private static List<Integer> list(String folder, Arena arena, MemorySegment buffer) {
    int fd =
        (int)
            Libc.open(
                    arena.allocateFrom(folder),
                    Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC,
                    0)
                .orThrow("open(\"" + folder + "\")");
    List<Integer> numbers = new ArrayList<>();
    try {
      long length;
      while ((length = Libc.getdents64(fd, buffer).orThrow("getdents64(" + folder + ")")) > 0) {
        for (long at = 0; at < length; ) {
          String name = buffer.asSlice(at + 19).getString(0);
          at += Short.toUnsignedInt(buffer.get(JAVA_SHORT_UNALIGNED, at + 16));
          if (!name.startsWith(".")) {
            numbers.add(Integer.parseInt(name));
          }
        }
      }
    } finally {
      RawFlags.close(fd);
    }
    return numbers;
  }

  /** One entry, or null if it is no longer there. */
  private static @Nullable Descriptor look(String process, int number, MemorySegment buffer) {
    String path = process + "/fd/" + number;
    for (int attempt = 0; attempt < 1000; attempt++) {
      String link = readLink(path, buffer);
      if (link == null) {
        return null;
      }
      String info = readFile(process + "/fdinfo/" + number, buffer);
      if (info == null) {
        return null;
      }
      Map<String, Object> identity;
      try {
        identity = Files.readAttributes(Path.of(path), "unix:dev,ino");
      } catch (NoSuchFileException e) {
        return null;
      } catch (IOException e) {
        throw new IllegalStateException("stat(\"" + path + "\") failed", e);
      }
      if (link.equals(readLink(path, buffer))) {
        int flags = flagsOf(info);
        return new Descriptor(
            number,
            (flags & Libc.O_CLOEXEC) != 0,
            flags,
            (long) Objects.requireNonNull(identity.get("dev")),
            (long) Objects.requireNonNull(identity.get("ino")),
            link);
      }
    }
    throw new IllegalStateException(path + " changed each time it was looked at");
  }

  /** The octal number on fdinfo's {@code flags:} line. */
  static int flagsOf(String fdinfo) {
    return fdinfo
        .lines()
        .filter(line -> line.startsWith("flags:"))
        .map(line -> Integer.parseInt(line.substring("flags:".length()).strip(), 8))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no flags in fdinfo: " + fdinfo));
  }

  private static @Nullable String readLink(String path, MemorySegment buffer) {
    try (Arena arena = Arena.ofConfined()) {
      Libc.Result result = Libc.readlink(arena.allocateFrom(path), buffer);
      if (result.failed() && gone(result)) {
        return null;
      }
      return text(buffer, result.orThrow("readlink(\"" + path + "\")"));
    }
  }

  private static @Nullable String readFile(String path, MemorySegment buffer) {
    try (Arena arena = Arena.ofConfined()) {
      Libc.Result opened = Libc.open(arena.allocateFrom(path), Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
      if (opened.failed() && gone(opened)) {
        return null;
      }
      int fd = (int) opened.orThrow("open(\"" + path + "\")");
      try {
        Libc.Result read = Libc.read(fd, buffer);
        if (read.failed() && gone(read)) {
          return null;
        }
        return text(buffer, read.orThrow("read(\"" + path + "\")"));
      } finally {
        RawFlags.close(fd);
      }
    }
  }

  private static boolean gone(Libc.Result result) {
    return result.errno() == Libc.ENOENT || result.errno() == Libc.ESRCH;
  }

  private static String text(MemorySegment buffer, long length) {
    ByteBuffer bytes = ByteBuffer.wrap(buffer.asSlice(0, length).toArray(JAVA_BYTE));
    return StandardCharsets.UTF_8.decode(bytes).toString();
  }
}
