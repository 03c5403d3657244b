// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.FileStatus;
import io.github.noinherit.internal.posix.Posix;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;

/*
 * A copy of another process' listener: pidfd_open, pidfd_getfd. The holder keeps its own and notices
 * nothing.
 *
 * Races: the process may end, its pid be another's, or the number name something else by now. So what
 * was copied is looked at: it is used only if it is a socket that listens and has the inode that was
 * asked for. The kernel does not give an inode's number to another socket as long as this one is open.
 */
public final class Taken {
  private Taken() {}

  /**
   * Copies a listener.
   *
   * @param inode what it must be
   * @return a channel that owns the copy, which is close-on-exec
   * @throws SystemCallException if the system refuses
   * @throws IOException if the process or its listener is not there any more
   */
  public static ServerSocketChannel listener(int pid, int number, long inode) throws IOException {
    int pidfd = AboveStandard.move(Linux.pidfd_open(pid, 0).orThrow("pidfd_open(%d, 0)", pid));
    int copy;
    try {
      CallResult got = Linux.pidfd_getfd(pidfd, number, 0);
      if (got.failed()) {
        throw new SystemCallException(
            "pidfd_getfd(process " + pid + ", " + number + ", 0)",
            got.errno(),
            remedy(got.errno()));
      }
      copy = got.intValue();
    } finally {
      Posix.close(pidfd).orThrow("close(%d)", pidfd);
    }
    try {
      copy = AboveStandard.move(copy);
      OpenDescriptor found = OpenDescriptor.ifOpen(copy);
      Want.Maker<ServerSocketChannel> maker =
          found == null ? null : Want.SERVER_SOCKET.fit().maker(found);
      if (maker == null || FileStatus.of(copy).inode() != inode) {
        throw new IOException(
            "descriptor " + number + " of process " + pid + " is not that listener any more");
      }
      return maker.make(copy);
    } catch (IOException | RuntimeException | Error e) {
      AtomicOpen.close(copy, e);
      throw e;
    }
  }

  private static String remedy(int errno) {
    return errno == Errno.EPERM
        ? "a descriptor may be copied by who may attach a debugger to its holder (ptrace(2),"
            + " PTRACE_MODE_ATTACH_REALCREDS): the same user, with kernel.yama.ptrace_scope 0, or"
            + " root, or CAP_SYS_PTRACE"
        : Errno.remedy(errno);
  }
}
