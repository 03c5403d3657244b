// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.jdk.JdkAdopted;
import io.github.noinherit.internal.jdk.JdkChannels;
import io.github.noinherit.internal.posix.Errno;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A kind of channel that a program asks for, and how a descriptor becomes one.
 *
 * @param words for messages
 * @param isForSockets is such a channel one over a socket
 * @param fit which descriptors do
 */
public record Want<C>(String words, boolean isForSockets, Fit<C> fit) {
  /** Which descriptors become such a channel. */
  interface Fit<C> {
    /** How this one becomes it; null if it is something else. */
    @Nullable Maker<C> maker(OpenDescriptor found);
  }

  /** Makes the channel, which owns the descriptor then; if it throws, the caller does. */
  interface Maker<C> {
    C make(int fd) throws IOException;
  }

  /** A socket that listens. */
  public static final Want<ServerSocketChannel> SERVER_SOCKET =
      new Want<>(
          "a socket that listens",
          true,
          found ->
              found instanceof OpenDescriptor.Listener l
                  ? fd -> JdkAdopted.serverSocket(fd, supported(l.family()), found.isNonBlocking())
                  : null);

  /** A connection. */
  public static final Want<SocketChannel> SOCKET =
      new Want<>(
          "a connection",
          true,
          found ->
              found instanceof OpenDescriptor.Connection c
                  ? fd ->
                      JdkAdopted.socket(
                          fd, supported(c.family()), peerOf(fd), found.isNonBlocking())
                  : null);

  /** A datagram socket. */
  public static final Want<DatagramChannel> DATAGRAM =
      new Want<>(
          "a datagram socket",
          true,
          found ->
              found instanceof OpenDescriptor.Datagrams d
                  ? fd ->
                      JdkAdopted.datagram(
                          fd, supported(d.family()), OpenDescriptor.peer(fd), found.isNonBlocking())
                  : null);

  /** The reading end of a pipe. */
  public static final Want<Pipe.SourceChannel> SOURCE =
      new Want<>(
          "the reading end of a pipe",
          false,
          found ->
              found instanceof OpenDescriptor.PipeEnd p && OpenDescriptor.isReadable(p.flags())
                  ? fd -> JdkAdopted.source(fd, found.isNonBlocking())
                  : null);

  /** The writing end of a pipe. */
  public static final Want<Pipe.SinkChannel> SINK =
      new Want<>(
          "the writing end of a pipe",
          false,
          found ->
              found instanceof OpenDescriptor.PipeEnd p && OpenDescriptor.isWritable(p.flags())
                  ? fd -> JdkAdopted.sink(fd, found.isNonBlocking())
                  : null);

  /** A file. */
  public static final Want<FileChannel> FILE =
      new Want<>(
          "a file",
          false,
          found -> found instanceof OpenDescriptor.Plain p ? fd -> file(fd, p) : null);

  private static FileChannel file(int fd, OpenDescriptor.Plain found) throws IOException {
    return JdkChannels.file(
        fd,
        Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString(),
        OpenDescriptor.isReadable(found.flags()),
        OpenDescriptor.isWritable(found.flags()),
        found.isAppending(),
        found.isSynchronous(),
        found.isDirect());
  }

  private static ProtocolFamily supported(StandardProtocolFamily family) throws IOException {
    if (family == StandardProtocolFamily.INET6
        && JdkChannels.preferredFamily() != StandardProtocolFamily.INET6) {
      throw new UnsupportedOperationException(
          "it is an IPv6 socket, and this JVM has no IPv6 (java.net.preferIPv4Stack, or the"
              + " machine has none)");
    }
    return family;
  }

  private static SocketAddress peerOf(int fd) throws IOException {
    SocketAddress peer = OpenDescriptor.peer(fd);
    if (peer == null) { // reset since it was looked at
      throw new SystemCallException("getpeername(" + fd + ")", Errno.ENOTCONN);
    }
    return peer;
  }
}
