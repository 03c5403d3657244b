// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.lang.foreign.Arena;
import java.nio.file.Path;

/**
 * Raw fcntl, open and close on descriptor numbers: the oracle for what the library says of them.
 */
public final class RawFlags {
  private RawFlags() {}

  /** {@code fcntl(fd, F_GETFD) & FD_CLOEXEC}; throws if the number is not open. */
  public static boolean isCloseOnExec(int fd) {
    long flags = Libc.fcntl(fd, Libc.F_GETFD, 0).orThrow("fcntl(" + fd + ", F_GETFD)");
    return (flags & Libc.FD_CLOEXEC) != 0;
  }

  /** {@code fcntl(fd, F_SETFD, ...)}. */
  public static void setCloseOnExec(int fd, boolean closeOnExec) {
    Libc.fcntl(fd, Libc.F_SETFD, closeOnExec ? Libc.FD_CLOEXEC : 0)
        .orThrow("fcntl(" + fd + ", F_SETFD)");
  }

  /** Whether the number is open in this process. */
  public static boolean isOpen(int fd) {
    Libc.Result result = Libc.fcntl(fd, Libc.F_GETFD, 0);
    if (result.failed() && result.errno() != Libc.EBADF) {
      throw new IllegalStateException("fcntl(" + fd + ", F_GETFD): errno " + result.errno());
    }
    return !result.failed();
  }

  /** Opens for reading, the careless way: inheritable. The caller closes the number. */
  public static int openInheritable(Path path) {
    try (Arena arena = Arena.ofConfined()) {
      return (int)
          Libc.open(arena.allocateFrom(path.toString()), Libc.O_RDONLY, 0)
              .orThrow("open(\"" + path + "\")");
    }
  }

  /** A copy at the lowest free number that is at least {@code lowest}; the caller closes it. */
  public static int dup(int fd, int lowest, boolean closeOnExec) {
    int command = closeOnExec ? Libc.F_DUPFD_CLOEXEC : Libc.F_DUPFD;
    return (int) Libc.fcntl(fd, command, lowest).orThrow("fcntl(" + fd + ", F_DUPFD)");
  }

  /**
   * Whether descriptors of two processes are one open file description (kcmp, KCMP_FILE): not only
   * the same file, but opened once and handed on.
   */
  public static boolean isSameDescription(long pid, int fd, long otherPid, int otherFd) {
    // 0: equal; 1 and 2: less and greater in an order of the kernel's own; 3: unequal
    return Libc.syscall(Syscalls.number("kcmp"), pid, otherPid, 0, fd, otherFd, 0)
            .orThrow("kcmp(" + pid + ", " + otherPid + ", KCMP_FILE, " + fd + ", " + otherFd + ")")
        == 0;
  }

  /** Closes a number. */
  public static void close(int fd) {
    Libc.close(fd).orThrow("close(" + fd + ")");
  }
}
