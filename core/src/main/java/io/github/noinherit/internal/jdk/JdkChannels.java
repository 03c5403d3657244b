// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/*
 * From a descriptor to a channel of the JDK's own class, so that it is the JDK's in every respect:
 * selectors, virtual threads, asynchronous close, options.
 *
 * The JDK's constructors for existing descriptors are made for its own uses (accept, inetd), and
 * leave two things that a fresh socket has otherwise; they are set here:
 *  - an unconnected SocketChannel and an unbound DatagramChannel have state and addresses of their
 *    own;
 *  - the family is taken from what the machine prefers, not from what was asked for.
 *
 * The channel owns the descriptor from the moment on that a method here returns. If it throws, the
 * caller still does.
 */
public final class JdkChannels {
  private static final String PROVIDER = "java.nio.channels.spi.SelectorProvider";
  private static final String FAMILY = "java.net.ProtocolFamily";
  private static final String FD = "java.io.FileDescriptor";

  private static final PrivateMethod OPEN_FILE =
      new PrivateMethod(
          "sun.nio.ch.FileChannelImpl",
          "open",
          FD,
          "java.lang.String",
          "boolean",
          "boolean",
          "boolean",
          "boolean",
          "java.io.Closeable");
  private static final PrivateField APPEND = new PrivateField(FD, "append");
  static final PrivateMethod NEW_SERVER =
      new PrivateMethod(
          "sun.nio.ch.ServerSocketChannelImpl", "<init>", PROVIDER, FAMILY, FD, "boolean");
  static final PrivateField SERVER_FAMILY =
      new PrivateField("sun.nio.ch.ServerSocketChannelImpl", "family");
  static final PrivateMethod NEW_SOCKET =
      new PrivateMethod(
          "sun.nio.ch.SocketChannelImpl", "<init>", PROVIDER, FAMILY, FD, "java.net.SocketAddress");
  private static final PrivateField SOCKET_STATE =
      new PrivateField("sun.nio.ch.SocketChannelImpl", "state");
  private static final PrivateField SOCKET_LOCAL =
      new PrivateField("sun.nio.ch.SocketChannelImpl", "localAddress");
  private static final PrivateField SOCKET_UNCONNECTED =
      new PrivateField("sun.nio.ch.SocketChannelImpl", "ST_UNCONNECTED");
  static final PrivateMethod NEW_DATAGRAM =
      new PrivateMethod("sun.nio.ch.DatagramChannelImpl", "<init>", PROVIDER, FD);
  static final PrivateField DATAGRAM_FAMILY =
      new PrivateField("sun.nio.ch.DatagramChannelImpl", "family");
  private static final PrivateField DATAGRAM_LOCAL =
      new PrivateField("sun.nio.ch.DatagramChannelImpl", "localAddress");
  private static final PrivateMethod NEW_SOURCE =
      new PrivateMethod("sun.nio.ch.SourceChannelImpl", "<init>", PROVIDER, FD);
  private static final PrivateMethod NEW_SINK =
      new PrivateMethod("sun.nio.ch.SinkChannelImpl", "<init>", PROVIDER, FD);
  private static final PrivateMethod IPV6 = new PrivateMethod("sun.nio.ch.Net", "isIPv6Available");

  private static final PrivateMethod CLEANER =
      new PrivateMethod("jdk.internal.ref.CleanerFactory", "cleaner");

  private JdkChannels() {}

  /** The family of an Internet socket for which none was named: what the JDK would take. */
  public static StandardProtocolFamily preferredFamily() throws IOException {
    return Boolean.TRUE.equals(IPV6.call(null))
        ? StandardProtocolFamily.INET6
        : StandardProtocolFamily.INET;
  }

  /** A FileChannel over an open file. */
  public static FileChannel file(
      int fd,
      String path,
      boolean read,
      boolean write,
      boolean append,
      boolean sync,
      boolean direct)
      throws IOException {
    FileDescriptor descriptor = Descriptors.withNumber(fd);
    APPEND.set(descriptor, append);
    return (FileChannel)
        made(OPEN_FILE.call(null, descriptor, path, read, write, sync, direct, null));
  }

  /** An unbound ServerSocketChannel over a fresh stream socket. */
  public static ServerSocketChannel serverSocket(int fd, ProtocolFamily family) throws IOException {
    ServerSocketChannel channel =
        (ServerSocketChannel)
            made(NEW_SERVER.call(null, provider(), family, Descriptors.withNumber(fd), false));
    SERVER_FAMILY.set(channel, family);
    return channel;
  }

  /** An unconnected SocketChannel over a fresh stream socket. */
  public static SocketChannel socket(int fd, ProtocolFamily family) throws IOException {
    SocketChannel channel =
        (SocketChannel)
            made(NEW_SOCKET.call(null, provider(), family, Descriptors.withNumber(fd), null));
    SOCKET_LOCAL.set(channel, null);
    SOCKET_STATE.set(channel, SOCKET_UNCONNECTED.get(null));
    return channel;
  }

  /** An unbound DatagramChannel over a fresh datagram socket. */
  public static DatagramChannel datagram(int fd, ProtocolFamily family) throws IOException {
    DatagramChannel channel =
        (DatagramChannel) made(NEW_DATAGRAM.call(null, provider(), Descriptors.withNumber(fd)));
    DATAGRAM_FAMILY.set(channel, family);
    DATAGRAM_LOCAL.set(channel, null);
    return channel;
  }

  /** The reading end of a pipe. */
  public static Pipe.SourceChannel source(int fd) throws IOException {
    return (Pipe.SourceChannel) made(NEW_SOURCE.call(null, provider(), Descriptors.withNumber(fd)));
  }

  /** The writing end of a pipe. */
  public static Pipe.SinkChannel sink(int fd) throws IOException {
    return (Pipe.SinkChannel) made(NEW_SINK.call(null, provider(), Descriptors.withNumber(fd)));
  }

  /** Something to be done that may fail. */
  public interface Action {
    /** Does it. */
    void run() throws IOException;
  }

  /**
   * Does something when an object is no longer reachable, on the JDK's own cleaner thread. The
   * action must not refer to the object.
   */
  public static Cleaner.Cleanable whenUnreachable(Object object, Action action) throws IOException {
    return ((Cleaner) made(CLEANER.call(null)))
        .register(
            object,
            () -> {
              try {
                action.run();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  static Object made(@Nullable Object channel) {
    return Objects.requireNonNull(channel, "a constructor returned null");
  }

  static SelectorProvider provider() {
    return SelectorProvider.provider();
  }
}
