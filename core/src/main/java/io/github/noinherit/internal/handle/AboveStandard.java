// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.posix.Posix;
import java.io.IOException;

/**
 * Keeps descriptors of ours out of 0 to 2. The kernel gives the lowest free number, which is one of
 * these in a process whose standard streams are closed; there it would pass for a standard stream.
 */
public final class AboveStandard {
  private static final int FIRST = 3;

  private AboveStandard() {}

  /**
   * Moves a descriptor of ours, of a pipe, socket or pidfd, to 3 or more if it is below. Not for
   * regular files: closing a copy drops the process' POSIX locks on the file.
   *
   * @return the number it has then; close-on-exec if it was moved
   */
  public static int move(int fd) throws IOException {
    if (fd >= FIRST) {
      return fd;
    }
    CallResult moved = Posix.fcntl(fd, Linux.F_DUPFD_CLOEXEC, FIRST);
    CallResult closed = Posix.close(fd);
    moved.orThrow("fcntl(%d, F_DUPFD_CLOEXEC, 3)", fd);
    if (closed.failed()) {
      throw new SystemCallException("close(" + fd + ")", closed.errno());
    }
    return moved.intValue();
  }
}
