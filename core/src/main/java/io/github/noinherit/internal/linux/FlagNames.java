// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import io.github.noinherit.internal.ffi.Platform;
import java.util.ArrayList;
import java.util.List;

/** The names of flags that a description was opened with: asm-generic/fcntl.h, asm/fcntl.h. */
public final class FlagNames {
  private static final int ACCESS_MODE = 3;

  private FlagNames() {}

  /** The names, in the order of the bits; what has no name is octal. */
  public static List<String> of(int flags) {
    return of(flags, Platform.current());
  }

  static List<String> of(int flags, Platform platform) {
    boolean isArm = platform == Platform.LINUX_AARCH64;
    List<String> names = new ArrayList<>();
    int left = flags & ~ACCESS_MODE;
    left = take(left, 02000000, "O_CLOEXEC", names);
    left = take(left, 02000, "O_APPEND", names);
    left = take(left, 04000, "O_NONBLOCK", names);
    left = take(left, 04010000, "O_SYNC", names);
    left = take(left, 010000, "O_DSYNC", names);
    left = take(left, 020000, "O_ASYNC", names);
    left = take(left, isArm ? 0200000 : 040000, "O_DIRECT", names);
    left = take(left, isArm ? 0400000 : 0100000, "O_LARGEFILE", names);
    left = take(left, isArm ? 040000 : 0200000, "O_DIRECTORY", names);
    left = take(left, isArm ? 0100000 : 0400000, "O_NOFOLLOW", names);
    left = take(left, 01000000, "O_NOATIME", names);
    left = take(left, 010000000, "O_PATH", names);
    left = take(left, 020000000, "O_TMPFILE", names);
    if (left != 0) {
      names.add("0" + Integer.toOctalString(left));
    }
    return List.copyOf(names);
  }

  private static int take(int left, int flag, String name, List<String> names) {
    if ((left & flag) != flag) {
      return left;
    }
    names.add(name);
    return left & ~flag;
  }
}
