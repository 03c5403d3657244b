// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.Posix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/*
 * What the kernel would refuse in execve, refused before anything is started: execve(2), "Limits on
 * size of arguments and environment". One string may have 32 pages (MAX_ARG_STRLEN); all strings and
 * pointers together a quarter of the stack limit, at least ARG_MAX and at most 6 MiB (fs/exec.c).
 * Only what is certain to be refused is refused here; the kernel has the last word.
 */
final class ArgumentLimit {
  private static final int PAGES_OF_A_STRING = 32;

  /** ARG_MAX (linux/limits.h). */
  private static final long LEAST_TOTAL = 131_072;

  private static final long MOST_TOTAL = 6L << 20;
  private static final int RLIMIT_STACK = 3;
  private static final int X_OK = 1;

  private ArgumentLimit() {}

  /** Pure: the room that strings and pointers take. */
  static long size(List<byte[]> arguments, List<byte[]> environment) {
    long size = 0;
    for (List<byte[]> strings : List.of(arguments, environment)) {
      for (byte[] s : strings) {
        size += s.length + 1L + Long.BYTES;
      }
    }
    return size;
  }

  /** Pure: the room that there is at a stack limit (-1 for none). */
  static long limit(long stackLimit) {
    long quarter = stackLimit < 0 ? MOST_TOTAL : stackLimit / 4;
    return Math.max(LEAST_TOTAL, Math.min(MOST_TOTAL, quarter));
  }

  static void check(String call, List<byte[]> arguments, List<byte[]> environment)
      throws IOException {
    for (List<byte[]> strings : List.of(arguments, environment)) {
      for (byte[] s : strings) {
        if (s.length + 1L > LEAST_TOTAL && s.length + 1L > longestString()) {
          throw tooLarge(
              call,
              "one argument or environment variable has "
                  + s.length
                  + " bytes, and no single one may have more than "
                  + (longestString() - 1));
        }
      }
    }
    long size = size(arguments, environment);
    if (size > LEAST_TOTAL) {
      long limit = limit(stackLimit());
      if (size > limit) {
        throw tooLarge(
            call,
            "arguments and environment take "
                + size
                + " bytes, and there is room for "
                + limit
                + " (a quarter of the stack limit, ulimit -s)");
      }
    }
  }

  private static long longestString() throws IOException {
    long page = Posix.sysconf(Posix._SC_PAGESIZE).value();
    if (page <= 0) {
      throw new IOException("sysconf(_SC_PAGESIZE) returned " + page);
    }
    return PAGES_OF_A_STRING * page;
  }

  private static long stackLimit() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limits = arena.allocate(JAVA_LONG, 2);
      Linux.prlimit(0, RLIMIT_STACK, MemorySegment.NULL, limits)
          .orThrow("prlimit(0, RLIMIT_STACK)");
      return limits.get(JAVA_LONG, 0);
    }
  }

  private static SystemCallException tooLarge(String call, String why) {
    return new SystemCallException(call, Errno.E2BIG, why);
  }

  /** Refuses a directory that cannot be a child's. */
  static void checkDirectory(String command, byte[] directory) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      byte[] withSlash = Arrays.copyOf(directory, directory.length + 1);
      withSlash[directory.length] = '/'; // so that a file is ENOTDIR
      CallResult look = Linux.faccessat(CStrings.allocate(arena, withSlash), X_OK);
      if (look.failed()) {
        throw new SystemCallException(
            "cannot run program \""
                + command
                + "\": chdir(\""
                + new String(directory, StandardCharsets.UTF_8)
                + "\")",
            look.errno(),
            "the working directory named for the child cannot be used");
      }
    }
  }
}
