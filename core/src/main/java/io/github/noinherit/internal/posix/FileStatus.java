// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.posix;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Platform;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * What a descriptor names, as fstat(2) tells it: struct stat (asm/stat.h of each platform).
 *
 * @param device st_dev
 * @param inode st_ino
 * @param mode st_mode
 * @param changed st_ctim, in nanoseconds since 1970. Of a pipe: when it was made or last written
 */
public record FileStatus(long device, long inode, int mode, long changed) {
  private static final int STAT_SIZE = 144;
  private static final int ST_CTIM = 104;
  private static final int S_IFMT = 0170000;
  private static final int S_IFSOCK = 0140000;
  private static final int S_IFIFO = 0010000;
  private static final int S_IFREG = 0100000;
  private static final int S_IFCHR = 0020000;
  private static final int S_IFBLK = 0060000;

  /** errno: not an open descriptor (asm-generic/errno-base.h). */
  private static final int EBADF = 9;

  /** The offset of st_mode in struct stat. */
  static int modeOffset(Platform platform) {
    return platform == Platform.LINUX_AARCH64 ? 16 : 24;
  }

  /** What a descriptor names. */
  public static FileStatus of(int fd) throws IOException {
    FileStatus status = ifOpen(fd);
    if (status == null) {
      throw new SystemCallException("fstat(" + fd + ")", EBADF);
    }
    return status;
  }

  /** What a descriptor names, or null if it is not open. */
  public static @Nullable FileStatus ifOpen(int fd) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stat = arena.allocate(STAT_SIZE, 8);
      CallResult result = Posix.fstat(fd, stat);
      if (result.failed() && result.errno() == EBADF) {
        return null;
      }
      result.orThrow("fstat(%d)", fd);
      ByteBuffer found = stat.asByteBuffer().order(ByteOrder.nativeOrder());
      return new FileStatus(
          found.getLong(0),
          found.getLong(8),
          found.getInt(modeOffset(Platform.current())),
          found.getLong(ST_CTIM) * 1_000_000_000 + found.getLong(ST_CTIM + 8));
    }
  }

  /** Is it a socket? */
  public boolean isSocket() {
    return (mode & S_IFMT) == S_IFSOCK;
  }

  /** Is it a pipe or a FIFO? */
  public boolean isPipe() {
    return (mode & S_IFMT) == S_IFIFO;
  }

  /** Is it a regular file? */
  public boolean isRegularFile() {
    return (mode & S_IFMT) == S_IFREG;
  }

  /** Is it a device, such as a terminal or a disk? */
  public boolean isDevice() {
    return (mode & S_IFMT) == S_IFCHR || (mode & S_IFMT) == S_IFBLK;
  }
}
