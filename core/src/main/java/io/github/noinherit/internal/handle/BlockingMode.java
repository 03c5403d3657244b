// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import io.github.noinherit.HandleClosedException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.FileStatus;
import io.github.noinherit.internal.posix.Posix;
import java.io.IOException;

/**
 * The blocking mode of an open file description, O_NONBLOCK. A channel knows only what it was told
 * itself; a selector, a virtual thread, or another process that has the description, may have set
 * it. So the kernel is asked.
 */
public final class BlockingMode {
  private BlockingMode() {}

  /**
   * Is a holder's descriptor in non-blocking mode?
   *
   * @throws HandleClosedException if the holder is closed, or was closed meanwhile
   */
  public static boolean isNonBlocking(Object holder) throws IOException {
    int[] numbers = HandleNumbers.now(holder);
    CallResult flags = Posix.fcntl(numbers[0], Posix.F_GETFL, 0);
    if (!HandleNumbers.isUnchanged(holder, numbers)) {
      throw new HandleClosedException(HandleNumbers.name(holder) + " was closed meanwhile");
    }
    if (flags.failed() && flags.errno() == Errno.EBADF) {
      throw new HandleClosedException(
          HandleNumbers.name(holder) + " is closed: no descriptor " + numbers[0] + " is open");
    }
    return (flags.orThrow("fcntl(%d, F_GETFL)", numbers[0]) & Posix.O_NONBLOCK) != 0;
  }

  /**
   * Sets the mode of a socket. Another thread may close the holder meanwhile, and its number may be
   * somebody else's then. So the description is sent to a mailbox, its holder looked at again, and
   * the mode set under a number that is ours alone.
   *
   * @throws HandleClosedException if the holder is closed, or was closed meanwhile
   * @throws UnsupportedOperationException if it is no socket: closing a second number of a file
   *     drops the POSIX locks that this process has on it
   */
  public static void set(Object holder, boolean nonBlocking) throws IOException {
    int[] numbers = HandleNumbers.now(holder);
    try (Mailbox mailbox = new Mailbox()) {
      mailbox.send(numbers);
      boolean isSocket = numbers.length == 1 && FileStatus.of(numbers[0]).isSocket();
      if (!HandleNumbers.isUnchanged(holder, numbers)) {
        throw new HandleClosedException(HandleNumbers.name(holder) + " was closed meanwhile");
      }
      if (!isSocket) {
        throw new UnsupportedOperationException(
            HandleNumbers.name(holder) + " is no socket: only a socket's blocking mode can be set");
      }
      int own = mailbox.receive(1)[0];
      try {
        int flags = Posix.fcntl(own, Posix.F_GETFL, 0).orThrow("fcntl(%d, F_GETFL)", own);
        int wanted = nonBlocking ? flags | Posix.O_NONBLOCK : flags & ~Posix.O_NONBLOCK;
        Posix.fcntl(own, Posix.F_SETFL, wanted).orThrow("fcntl(%d, F_SETFL, %d)", own, wanted);
      } finally {
        Posix.close(own).orThrow("close(%d)", own);
      }
    }
  }
}
