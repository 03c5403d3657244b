// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.jdk.JdkAccept;
import io.github.noinherit.internal.jdk.JdkChannels;
import io.github.noinherit.internal.jdk.JdkSelector;
import io.github.noinherit.internal.jdk.JdkText;
import io.github.noinherit.internal.linux.EpollEvent;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.linux.OpenFlags;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.posix.SocketAddresses;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/*
 * Handles that are born non-inheritable: the descriptor is created with the close-on-exec flag in
 * the very call that creates it, and then wrapped in the JDK's own channel class. There is no moment
 * at which a child started by another thread could get it.
 *
 * Whatever fails after the creation closes the descriptor again.
 */
public final class AtomicOpen {
  private AtomicOpen() {}

  /** Makes a channel out of a fresh descriptor, or closes that. */
  private interface Wrap<C> {
    C of(int fd) throws IOException;
  }

  private static <C> C wrap(int fd, Wrap<C> wrap) throws IOException {
    try {
      return wrap.of(fd);
    } catch (IOException | RuntimeException e) {
      close(fd, e);
      throw e;
    }
  }

  /** Closes a descriptor because of a failure, which remembers if that failed too. */
  public static void close(int fd, Throwable why) {
    CallResult closed = Posix.close(fd);
    if (closed.failed()) {
      why.addSuppressed(new SystemCallException("close(" + fd + ")", closed.errno()));
    }
  }

  /** FileChannel.open. */
  public static FileChannel file(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    Platform.requireLinux();
    OpenFlags flags = OpenFlags.of(options, Platform.current());
    int mode = OpenFlags.mode(attributes);
    byte[] bytes = JdkText.path(path);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = CStrings.allocate(arena, bytes);
      CallResult opened = Posix.open(name, flags.flags(), mode);
      if (opened.failed()) {
        throw openFailure(path, flags, opened.errno());
      }
      return wrap(
          opened.intValue(),
          fd -> {
            if (flags.deleteOnClose()) {
              deleteNow(path, name);
            }
            return JdkChannels.file(
                fd,
                path.toString(),
                flags.read(),
                flags.write(),
                flags.append(),
                flags.sync(),
                flags.direct());
          });
    }
  }

  /** DELETE_ON_CLOSE: the JDK, too, removes the name right after opening. */
  private static void deleteNow(Path path, MemorySegment name) throws IOException {
    CallResult unlinked = Posix.unlink(name);
    if (unlinked.failed() && unlinked.errno() != Errno.ENOENT) {
      throw new FileSystemException(
          path.toString(),
          null,
          "unlink, for DELETE_ON_CLOSE: " + Errno.describe(unlinked.errno()));
    }
  }

  /** The exception that Files and FileChannel throw for this, with the call in its text. */
  private static FileSystemException openFailure(Path path, OpenFlags flags, int code) {
    int errno = flags.createNew() && code == Errno.EISDIR ? Errno.EEXIST : code;
    SystemCallException cause =
        new SystemCallException("open(\"" + path + "\", " + flags.words() + ")", code);
    String file = path.toString();
    FileSystemException e =
        switch (errno) {
          case Errno.ENOENT -> new NoSuchFileException(file, null, cause.getMessage());
          case Errno.EEXIST -> new FileAlreadyExistsException(file, null, cause.getMessage());
          case Errno.EACCES -> new AccessDeniedException(file, null, cause.getMessage());
          default -> new FileSystemException(file, null, cause.getMessage());
        };
    e.initCause(cause);
    return e;
  }

  /** ServerSocketChannel.open. */
  public static ServerSocketChannel serverSocket(@Nullable ProtocolFamily asked)
      throws IOException {
    StandardProtocolFamily family = family(asked, true);
    return wrap(
        newSocket(family, Posix.SOCK_STREAM),
        fd -> {
          if (family != StandardProtocolFamily.UNIX) {
            option(fd, Posix.SOL_SOCKET, Posix.SO_REUSEADDR, "SO_REUSEADDR", 1);
          }
          return JdkChannels.serverSocket(fd, family);
        });
  }

  /** SocketChannel.open. */
  public static SocketChannel socket(@Nullable ProtocolFamily asked) throws IOException {
    StandardProtocolFamily family = family(asked, true);
    return wrap(newSocket(family, Posix.SOCK_STREAM), fd -> JdkChannels.socket(fd, family));
  }

  /** DatagramChannel.open. */
  public static DatagramChannel datagram(@Nullable ProtocolFamily asked) throws IOException {
    StandardProtocolFamily family = family(asked, false);
    int socket =
        wrap(
            newSocket(family, Posix.SOCK_DGRAM),
            fd -> {
              // as the JDK: receive only from groups that this socket joined, and one hop
              if (family == StandardProtocolFamily.INET6) {
                option(fd, Linux.IPPROTO_IPV6, Linux.IPV6_MULTICAST_ALL, "IPV6_MULTICAST_ALL", 0);
                option(fd, Linux.IPPROTO_IPV6, Linux.IPV6_MULTICAST_HOPS, "IPV6_MULTICAST_HOPS", 1);
              } else {
                option(fd, Linux.IPPROTO_IP, Linux.IP_MULTICAST_ALL, "IP_MULTICAST_ALL", 0);
              }
              return fd;
            });
    // its constructor closes the descriptor itself if it fails, at once or by its cleaner
    return JdkChannels.datagram(socket, family);
  }

  private static StandardProtocolFamily family(@Nullable ProtocolFamily asked, boolean stream)
      throws IOException {
    Platform.requireLinux();
    StandardProtocolFamily preferred = JdkChannels.preferredFamily();
    if (asked == null) {
      return preferred;
    }
    if (!(asked instanceof StandardProtocolFamily family)
        || (family == StandardProtocolFamily.UNIX && !stream)) {
      throw new UnsupportedOperationException("the family " + asked + " is not supported");
    }
    if (family == StandardProtocolFamily.INET6 && preferred != StandardProtocolFamily.INET6) {
      throw new UnsupportedOperationException(
          "IPv6 is not available here (or java.net.preferIPv4Stack is true)");
    }
    return family;
  }

  private static int newSocket(StandardProtocolFamily family, int type) throws IOException {
    int domain =
        switch (family) {
          case INET -> Posix.AF_INET;
          case INET6 -> Posix.AF_INET6;
          case UNIX -> Posix.AF_UNIX;
        };
    int fd =
        Posix.socket(domain, type | Posix.SOCK_CLOEXEC, 0)
            .orThrow(
                "socket(%s, %s|SOCK_CLOEXEC, 0)",
                family, type == Posix.SOCK_STREAM ? "SOCK_STREAM" : "SOCK_DGRAM");
    if (family == StandardProtocolFamily.INET6) {
      return wrap(
          fd,
          s -> {
            option(s, Linux.IPPROTO_IPV6, Linux.IPV6_V6ONLY, "IPV6_V6ONLY", 0);
            return s;
          });
    }
    return fd;
  }

  private static void option(int fd, int level, int name, String words, int value)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocateFrom(JAVA_INT, value);
      Posix.setsockopt(fd, level, name, memory, Integer.BYTES)
          .orThrow("setsockopt(%d, %s, %d)", fd, words, value);
    }
  }

  /** Pipe.open. */
  public static Pipe pipe() throws IOException {
    Platform.requireLinux();
    int[] ends = pipeEnds();
    try {
      return new OpenPipe(JdkChannels.source(ends[0]), JdkChannels.sink(ends[1]));
    } catch (IOException | RuntimeException e) {
      close(ends[0], e);
      close(ends[1], e);
      throw e;
    }
  }

  /** Both ends of a fresh pipe: reading, writing. */
  public static int[] pipeEnds() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pair = arena.allocate(JAVA_INT, 2);
      Linux.pipe2(pair, Posix.O_CLOEXEC).orThrow("pipe2(O_CLOEXEC)");
      return AboveStandard.movePair(pair.toArray(JAVA_INT));
    }
  }

  private static final class OpenPipe extends Pipe {
    private final SourceChannel source;
    private final SinkChannel sink;

    OpenPipe(SourceChannel source, SinkChannel sink) {
      this.source = source;
      this.sink = sink;
    }

    @Override
    public SourceChannel source() {
      return source;
    }

    @Override
    public SinkChannel sink() {
      return sink;
    }
  }

  /** Selector.open. */
  public static Selector selector() throws IOException {
    Platform.requireLinux();
    int epfd = Linux.epoll_create1(Linux.EPOLL_CLOEXEC).orThrow("epoll_create1(EPOLL_CLOEXEC)");
    return wrap(
        epfd,
        e -> {
          int event =
              Linux.eventfd(0, Linux.EFD_CLOEXEC | Linux.EFD_NONBLOCK)
                  .orThrow("eventfd(0, EFD_CLOEXEC|EFD_NONBLOCK)");
          return wrap(
              event,
              w -> {
                try (Arena arena = Arena.ofConfined()) {
                  MemorySegment interest = EpollEvent.allocate(arena, Linux.EPOLLIN, w);
                  Linux.epoll_ctl(e, Linux.EPOLL_CTL_ADD, w, interest)
                      .orThrow("epoll_ctl(%d, EPOLL_CTL_ADD, %d, EPOLLIN)", e, w);
                }
                return JdkSelector.of(e, w);
              });
        });
  }

  /** ServerSocketChannel.accept. */
  public static @Nullable SocketChannel accept(ServerSocketChannel listener) throws IOException {
    Platform.requireLinux();
    if (!listener.provider().equals(SelectorProvider.provider())) {
      throw new IllegalArgumentException("a channel of another selector provider");
    }
    try (Accept call = new Accept()) {
      return JdkAccept.accept(listener, call);
    }
  }

  /** accept4, with room for the address of the other side. */
  private static final class Accept implements JdkAccept.Call, AutoCloseable {
    private final Arena arena = Arena.ofConfined(); // of this thread, be it virtual
    private final MemorySegment address = arena.allocate(SocketAddresses.LARGEST, 8);
    private final MemorySegment length = arena.allocate(JAVA_INT);

    @Override
    public int accept(int listener) throws IOException {
      while (true) {
        length.set(JAVA_INT, 0, SocketAddresses.LARGEST);
        CallResult accepted = Linux.accept4(listener, address, length, Posix.SOCK_CLOEXEC);
        if (!accepted.failed()) {
          return accepted.intValue();
        }
        switch (accepted.errno()) {
          case Errno.EAGAIN, Errno.EINTR -> {
            return RETRY;
          }
          case Errno.ECONNABORTED -> {
            // that client is gone already: the next one
          }
          default -> accepted.orThrow("accept4(%d, SOCK_CLOEXEC)", listener);
        }
      }
    }

    @Override
    public SocketAddress peer() throws IOException {
      return SocketAddresses.read(address, length.get(JAVA_INT, 0), JdkText.charset());
    }

    @Override
    public void discard(int accepted, Throwable why) {
      AtomicOpen.close(accepted, why);
    }

    @Override
    public void close() {
      arena.close();
    }
  }
}
