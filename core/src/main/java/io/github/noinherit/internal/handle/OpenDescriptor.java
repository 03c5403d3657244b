// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.noinherit.InheritedHandle.Kind;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.jdk.JdkText;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.linux.OpenFlags;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.FileStatus;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.posix.SocketAddresses;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import org.jspecify.annotations.Nullable;

/*
 * What a descriptor is, as the kernel tells it: fcntl F_GETFL for how it is open, fstat for the kind
 * of file, and for a socket SO_TYPE, SO_DOMAIN, SO_ACCEPTCONN (socket(7)) and getpeername.
 */
sealed interface OpenDescriptor {
  /** In words, for messages. */
  String words();

  /** The same for programs. */
  Kind kind();

  /** How it is open: F_GETFL. */
  int flags();

  /** Is it a socket, of whatever kind? */
  default boolean isSocket() {
    return switch (this) {
      case Listener l -> true;
      case Connection c -> true;
      case Datagrams d -> true;
      case PipeEnd p -> false;
      case Plain p -> false;
      case Other o -> o.isSocket();
    };
  }

  /** Is O_NONBLOCK set, by whoever has it? */
  default boolean isNonBlocking() {
    return (flags() & Posix.O_NONBLOCK) != 0;
  }

  /** A stream socket that listens. */
  record Listener(StandardProtocolFamily family, int flags) implements OpenDescriptor {
    @Override
    public String words() {
      return "a socket that listens";
    }

    @Override
    public Kind kind() {
      return Kind.SERVER_SOCKET;
    }
  }

  /** A stream socket that is connected. */
  record Connection(StandardProtocolFamily family, int flags) implements OpenDescriptor {
    @Override
    public String words() {
      return "a connection";
    }

    @Override
    public Kind kind() {
      return Kind.SOCKET;
    }
  }

  /** A datagram socket of the Internet. */
  record Datagrams(StandardProtocolFamily family, int flags) implements OpenDescriptor {
    @Override
    public String words() {
      return "a datagram socket";
    }

    @Override
    public Kind kind() {
      return Kind.DATAGRAM;
    }
  }

  /** One end of a pipe, or a FIFO that may be open for both. */
  record PipeEnd(int flags) implements OpenDescriptor {
    @Override
    public String words() {
      return isReadable(flags)
          ? isWritable(flags) ? "a FIFO open for reading and writing" : "the reading end of a pipe"
          : "the writing end of a pipe";
    }

    @Override
    public Kind kind() {
      return isReadable(flags) ? Kind.SOURCE : Kind.SINK;
    }
  }

  /** A regular file or a device. */
  record Plain(int flags) implements OpenDescriptor {
    @Override
    public String words() {
      return "a file";
    }

    @Override
    public Kind kind() {
      return Kind.FILE;
    }

    boolean isAppending() {
      return (flags & Posix.O_APPEND) != 0;
    }

    boolean isSynchronous() {
      return (flags & (Posix.O_SYNC | Posix.O_DSYNC)) != 0;
    }

    boolean isDirect() {
      return (flags & OpenFlags.oDirect(Platform.current())) != 0;
    }
  }

  /** Something for which Java has no channel. */
  record Other(String words, boolean isSocket, int flags) implements OpenDescriptor {
    @Override
    public Kind kind() {
      return Kind.OTHER;
    }
  }

  /** May it be read? */
  static boolean isReadable(int flags) {
    return (flags & (Posix.O_WRONLY | Posix.O_RDWR)) != Posix.O_WRONLY;
  }

  /** May it be written? */
  static boolean isWritable(int flags) {
    return (flags & (Posix.O_WRONLY | Posix.O_RDWR)) != Posix.O_RDONLY;
  }

  /** What a descriptor is; null if it is not open. */
  static @Nullable OpenDescriptor ifOpen(int fd) throws IOException {
    CallResult got = Posix.fcntl(fd, Posix.F_GETFL, 0);
    FileStatus status = FileStatus.ifOpen(fd);
    if (status == null) {
      return null;
    }
    int flags = got.orThrow("fcntl(%d, F_GETFL)", fd);
    if ((flags & Linux.O_PATH) != 0) {
      return new Other("a file that is only named (O_PATH)", false, flags);
    }
    if (status.isSocket()) {
      return socket(fd, flags);
    }
    if (status.isPipe()) {
      return new PipeEnd(flags);
    }
    if (status.isRegularFile() || status.isDevice()) {
      return new Plain(flags);
    }
    String octal = Integer.toOctalString(status.mode());
    return new Other("neither file, pipe nor socket (st_mode 0" + octal + ")", false, flags);
  }

  private static OpenDescriptor socket(int fd, int flags) throws IOException {
    int domain = option(fd, Linux.SO_DOMAIN, "SO_DOMAIN");
    int type = option(fd, Posix.SO_TYPE, "SO_TYPE");
    StandardProtocolFamily family =
        switch (domain) {
          case Posix.AF_INET -> StandardProtocolFamily.INET;
          case Posix.AF_INET6 -> StandardProtocolFamily.INET6;
          case Posix.AF_UNIX -> StandardProtocolFamily.UNIX;
          default -> null;
        };
    if (family != null && type == Posix.SOCK_DGRAM && family != StandardProtocolFamily.UNIX) {
      return new Datagrams(family, flags);
    }
    if (family == null || type != Posix.SOCK_STREAM) {
      String words = "a socket of family " + domain + " and type " + type + " (socket(2))";
      return new Other(words + ", for which Java has no channel", true, flags);
    }
    if (option(fd, Posix.SO_ACCEPTCONN, "SO_ACCEPTCONN") != 0) {
      return new Listener(family, flags);
    }
    return isConnected(fd)
        ? new Connection(family, flags)
        : new Other(
            "a stream socket that neither listens nor is connected (a client that has reset its"
                + " connection leaves one)",
            true,
            flags);
  }

  private static int option(int fd, int name, String words) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(JAVA_INT);
      MemorySegment length = arena.allocateFrom(JAVA_INT, Integer.BYTES);
      Posix.getsockopt(fd, Posix.SOL_SOCKET, name, value, length)
          .orThrow("getsockopt(%d, SOL_SOCKET, %s)", fd, words);
      return value.get(JAVA_INT, 0);
    }
  }

  private static boolean isConnected(int fd) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return peer(fd, arena.allocate(SocketAddresses.LARGEST, 8), arena.allocate(JAVA_INT));
    }
  }

  /** The address of the other side; null if there is none. */
  static @Nullable SocketAddress peer(int fd) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SocketAddresses.LARGEST, 8);
      MemorySegment length = arena.allocate(JAVA_INT);
      return peer(fd, address, length)
          ? SocketAddresses.read(address, length.get(JAVA_INT, 0), JdkText.charset())
          : null;
    }
  }

  private static boolean peer(int fd, MemorySegment address, MemorySegment length)
      throws IOException {
    length.set(JAVA_INT, 0, SocketAddresses.LARGEST);
    CallResult result = Posix.getpeername(fd, address, length);
    if (result.failed() && result.errno() == Errno.ENOTCONN) {
      return false;
    }
    result.orThrow("getpeername(%d)", fd);
    return true;
  }
}
