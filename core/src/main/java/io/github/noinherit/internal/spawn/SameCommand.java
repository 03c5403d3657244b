// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.jdk.JdkText;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.posix.Errno;
import java.io.FileInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/*
 * How this process was started, as the kernel knows it: proc_pid_cmdline(5), proc_pid_exe(5).
 *
 * The command line is that of the last execve, before the java launcher has read @argfiles and
 * JDK_JAVA_OPTIONS: these are read anew. The program is named by its path and not by /proc/self/exe,
 * as the launcher finds its JDK by that. When a package manager has put a new java in place of ours,
 * the link ends in " (deleted)", and the path without it is the new one.
 */
final class SameCommand {
  private static final String LINK = "/proc/self/exe";
  private static final byte[] DELETED = " (deleted)".getBytes(StandardCharsets.US_ASCII);
  private static final int X_OK = 1;

  private SameCommand() {}

  /** Its arguments, argv[0] first. */
  static List<byte[]> arguments() throws IOException {
    try (FileInputStream in = new FileInputStream("/proc/self/cmdline")) {
      return split(in.readAllBytes());
    }
  }

  /** Pure: strings that each end in a NUL; what is behind the last one counts if there is any. */
  static List<byte[]> split(byte[] text) {
    List<byte[]> strings = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < text.length; i++) {
      if (text[i] == 0) {
        strings.add(Arrays.copyOfRange(text, start, i));
        start = i + 1;
      }
    }
    if (start < text.length) {
      strings.add(Arrays.copyOfRange(text, start, text.length));
    }
    return strings;
  }

  /** Pure: a path without what the kernel says behind one that is gone. */
  static byte[] withoutDeleted(byte[] path) {
    int end = path.length - DELETED.length;
    return end > 0 && Arrays.equals(path, end, path.length, DELETED, 0, DELETED.length)
        ? Arrays.copyOf(path, end)
        : path;
  }

  /**
   * The path of its program, which is there and may be executed at this moment.
   *
   * @throws SystemCallException if it is not
   */
  static byte[] program() throws IOException {
    Path target = Files.readSymbolicLink(Path.of(LINK));
    byte[] shown = JdkText.path(target);
    byte[] path =
        Files.exists(target) && Files.isSameFile(target, Path.of(LINK))
            ? shown
            : withoutDeleted(shown);
    try (Arena arena = Arena.ofConfined()) {
      CallResult look = Linux.faccessat(CStrings.allocate(arena, path), X_OK);
      if (look.failed()) {
        throw new SystemCallException(
            "restart in place: faccessat(\""
                + new String(path, StandardCharsets.UTF_8)
                + "\", X_OK)",
            look.errno(),
            look.errno() == Errno.ENOENT
                ? "the program that this process runs was removed, and there is no other in its"
                    + " place: start the new version anew"
                : Errno.remedy(look.errno()));
      }
      return path;
    }
  }
}
