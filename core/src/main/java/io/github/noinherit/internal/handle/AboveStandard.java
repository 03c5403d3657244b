// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.posix.Posix;

/**
 * Keeps descriptors of ours out of 0 to 2. The kernel gives the lowest free number, which is one of
 * these in a process whose standard streams are closed; there it would pass for a standard stream.
 */
public final class AboveStandard {
  private static final int FIRST = 3;

  private AboveStandard() {}

  /**
   * Moves a descriptor of ours, of a pipe, socket or pidfd, to 3 or more if it is below. Not for
   * files that may be locked: closing a copy drops the process' POSIX locks on the file.
   *
   * @return the number it has then; close-on-exec if it was moved
   * @throws SystemCallException if there is no number to be had; it stays open where it is then
   */
  public static int move(int fd) throws SystemCallException {
    if (fd >= FIRST) {
      return fd;
    }
    int moved =
        Posix.fcntl(fd, Linux.F_DUPFD_CLOEXEC, FIRST).orThrow("fcntl(%d, F_DUPFD_CLOEXEC, 3)", fd);
    Posix.close(fd).orThrow("close(%d)", fd);
    return moved;
  }

  /**
   * Moves both of a pair that was just made.
   *
   * @throws SystemCallException as {@link #move}; both are closed then
   */
  public static int[] movePair(int[] pair) throws SystemCallException {
    int[] moved = pair.clone();
    try {
      moved[0] = move(pair[0]);
      moved[1] = move(pair[1]);
      return moved;
    } catch (SystemCallException e) {
      AtomicOpen.close(moved[0], e);
      AtomicOpen.close(moved[1], e);
      throw e;
    }
  }
}
