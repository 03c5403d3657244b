// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.noinherit.internal.ffi.Platform;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What kind of file a descriptor names: st_mode of struct stat (asm/stat.h of each platform). */
public final class FileStatus {
  private static final int STAT_SIZE = 144;
  private static final int S_IFMT = 0170000;
  private static final int S_IFSOCK = 0140000;

  private FileStatus() {}

  /** The offset of st_mode in struct stat. */
  static int modeOffset(Platform platform) {
    return platform == Platform.LINUX_AARCH64 ? 16 : 24;
  }

  private static int type(int fd) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stat = arena.allocate(STAT_SIZE, 8);
      Posix.fstat(fd, stat).orThrow("fstat(%d)", fd);
      return stat.get(JAVA_INT, modeOffset(Platform.current())) & S_IFMT;
    }
  }

  /** Is it a socket? */
  public static boolean isSocket(int fd) throws IOException {
    return type(fd) == S_IFSOCK;
  }
}
