// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.proc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What statx(2) says of a file: struct statx, the same on all platforms (linux/stat.h).
 *
 * @param links the number of names that it has
 * @param device the device that the file is on: major in the upper half, minor in the lower
 * @param special of a device file: the device that it is, in the same form
 */
public record FileFacts(int mode, long inode, int links, long device, long special) {
  /** sizeof(struct statx). */
  public static final int SIZE = 256;

  private static final int NLINK = 16;
  private static final int MODE = 28;
  private static final int INO = 32;
  private static final int RDEV_MAJOR = 128;
  private static final int DEV_MAJOR = 136;

  /** Reads one. */
  public static FileFacts read(byte[] statx, int from) {
    ByteBuffer s = ByteBuffer.wrap(statx).order(ByteOrder.nativeOrder());
    return new FileFacts(
        s.getShort(from + MODE) & 0xffff,
        s.getLong(from + INO),
        s.getInt(from + NLINK),
        device(s, from + DEV_MAJOR),
        device(s, from + RDEV_MAJOR));
  }

  private static long device(ByteBuffer s, int at) {
    return (long) s.getInt(at) << 32 | (s.getInt(at + 4) & 0xffff_ffffL);
  }

  /** Is the inode's number this? Much less than reading all of it. */
  public static boolean isInode(byte[] statx, int from, long inode) {
    for (int i = 0; i < Long.BYTES; i++) {
      if (statx[from + INO + i] != (byte) (inode >> (8 * i))) {
        return false;
      }
    }
    return true;
  }

  /** Is it the file of a Unix socket? */
  public boolean isSocket() {
    return type() == 0140000;
  }

  /** The kind of file: S_IFREG and so on (linux/stat.h). */
  public int type() {
    return mode & 0170000;
  }

  /** Is it the same file? */
  public boolean isSameFile(FileFacts other) {
    return inode == other.inode && device == other.device;
  }
}
