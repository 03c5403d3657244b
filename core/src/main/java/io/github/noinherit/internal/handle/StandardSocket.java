// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.FileStatus;
import io.github.noinherit.internal.posix.Posix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channel;
import org.jspecify.annotations.Nullable;

/*
 * inetd's way (inetd(8); systemd.exec(5), StandardInput=socket): the socket is standard input, and
 * with most of them standard output and error too.
 *
 * Two things are wrong with it there. What the program prints goes to the client; and it cannot be
 * close-on-exec, as every child needs something under 0 to 2. So the socket moves to a number of its
 * own, close-on-exec from the first moment on, and /dev/null takes its place under each of 0 to 2
 * that is the same socket. One that is something else, such as the journal, stays.
 *
 * Everything that may fail comes first; dup2 onto an open number cannot but for EBUSY (another
 * thread is opening something there, dup(2)), which is tried again.
 *
 * What was printed before went to the client: nobody can take that back.
 */
final class StandardSocket {
  private StandardSocket() {}

  /**
   * What standard input is, if an inetd may have put it there: null if it is no socket. A connected
   * Unix-domain socket is not taken for a client: that is how Node.js makes standard streams.
   */
  static @Nullable OpenDescriptor ifGiven() throws IOException {
    OpenDescriptor found = OpenDescriptor.ifOpen(0);
    return switch (found) {
      case OpenDescriptor.Listener l -> l;
      case OpenDescriptor.Connection c when c.family() != StandardProtocolFamily.UNIX -> c;
      case OpenDescriptor.Datagrams d -> d;
      case null, default -> null;
    };
  }

  /** Moves it, and makes the channel. */
  static <C extends Channel> C adopt(Want.Maker<C> maker) throws IOException {
    FileStatus socket = FileStatus.of(0);
    int fd = Posix.fcntl(0, Linux.F_DUPFD_CLOEXEC, 3).orThrow("fcntl(0, F_DUPFD_CLOEXEC, 3)");
    C channel;
    int nothing = -1;
    try {
      nothing = openNothing();
      channel = maker.make(fd);
    } catch (IOException | RuntimeException e) {
      AtomicOpen.close(fd, e);
      if (nothing >= 0) {
        AtomicOpen.close(nothing, e);
      }
      throw e;
    }
    try {
      replaceAll(socket, nothing);
      return channel;
    } catch (IOException | RuntimeException e) {
      try {
        channel.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  /** Puts /dev/null under each of 0 to 2 that is the socket. */
  private static void replaceAll(FileStatus socket, int nothing) throws IOException {
    for (int stream = 0; stream < 3; stream++) {
      FileStatus status = FileStatus.ifOpen(stream);
      if (status != null
          && status.device() == socket.device()
          && status.inode() == socket.inode()) {
        CallResult result;
        do {
          result = Posix.dup2(nothing, stream);
        } while (result.failed()
            && (result.errno() == Errno.EBUSY || result.errno() == Errno.EINTR));
        result.orThrow("dup2(%d, %d)", nothing, stream);
      }
    }
    Posix.close(nothing).orThrow("close(%d)", nothing);
  }

  private static int openNothing() throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      int fd =
          Posix.open(
                  CStrings.allocate(arena, "/dev/null".getBytes(US_ASCII)),
                  Posix.O_RDWR | Posix.O_CLOEXEC,
                  0)
              .orThrow("open(\"/dev/null\", O_RDWR|O_CLOEXEC)");
      return AboveStandard.move(fd);
    }
  }
}
