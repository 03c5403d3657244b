// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.proc.SocketDiagnosis;
import io.github.noinherit.internal.proc.SocketEntry;
import io.github.noinherit.internal.proc.SocketEntry.Protocol;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The sockets of our network namespace, asked of the kernel by sock_diag(7). */
public final class SocketQuery implements AutoCloseable {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int NETLINK_SOCK_DIAG = 4;

  /** As large as the kernel makes its datagrams (NLMSG_GOODSIZE, net/netlink/af_netlink.c). */
  private static final int BUFFER = 64 * 1024;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment buffer = arena.allocate(BUFFER, 8);
  private final int fd;

  /** Opens it. */
  public SocketQuery() throws SystemCallException {
    CallResult made = Posix.socket(AF_NETLINK, SOCK_RAW | Posix.SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (made.failed()) {
      arena.close();
    }
    fd = made.orThrow("socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_SOCK_DIAG)");
  }

  /**
   * Sockets of the Internet.
   *
   * @param port the local port; 0 for any
   * @throws SystemCallException if this kernel does not answer that
   */
  public List<SocketEntry> inet(Protocol protocol, boolean isIpv6, int port) throws IOException {
    return ask(protocol, SocketDiagnosis.inetRequest(protocol, isIpv6, port));
  }

  /** All Unix sockets. */
  public List<SocketEntry> unix() throws IOException {
    return ask(Protocol.RAW, SocketDiagnosis.unixRequest());
  }

  private List<SocketEntry> ask(Protocol protocol, byte[] request) throws IOException {
    MemorySegment.copy(request, 0, buffer, JAVA_BYTE, 0, request.length);
    Posix.send(fd, buffer, request.length, 0).orThrow("send(%d, a request of sock_diag)", fd);
    List<SocketEntry> entries = new ArrayList<>();
    while (true) {
      int length = Posix.recv(fd, buffer, BUFFER, 0).orThrow("recv(%d, sock_diag)", fd);
      byte[] bytes = buffer.asSlice(0, length).toArray(JAVA_BYTE);
      SocketDiagnosis.Part part = SocketDiagnosis.parse(protocol, bytes, length, entries);
      if (part.errno() != 0) {
        throw new SystemCallException("sock_diag(" + protocol + ")", part.errno());
      }
      if (part.isEnd()) {
        return entries;
      }
      if (length == 0) {
        throw new SystemCallException("recv(sock_diag): its end", 0);
      }
    }
  }

  @Override
  public void close() {
    Posix.close(fd); // a socket with nothing to be sent has nothing to report
    arena.close();
  }
}
