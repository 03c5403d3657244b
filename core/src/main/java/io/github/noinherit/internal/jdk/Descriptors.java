// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.Selector;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/*
 * From a JDK object to the numbers of its descriptors, read now.
 *
 * A closed holder has none. The JDK marks a holder as closed (isOpen() false, FileDescriptor -1)
 * before it gives the number back to the kernel (java.io.FileDescriptor, sun.nio.ch.*Impl), which is
 * what makes it possible to look again after a number was used: if the holder is still open with the
 * same number, the number was the holder's all the time in between.
 *
 * Almost every holder has one descriptor; a Selector has two (epoll and eventfd, or the two ends of
 * a pipe).
 */
public final class Descriptors {
  /** The kinds of JDK objects that have a descriptor, for messages. */
  public static final String SUPPORTED =
      "FileDescriptor, FileInputStream, FileOutputStream, RandomAccessFile, FileChannel,"
          + " AsynchronousFileChannel, Socket, ServerSocket, DatagramSocket, MulticastSocket,"
          + " SocketChannel, ServerSocketChannel, DatagramChannel (Internet and Unix-domain),"
          + " AsynchronousSocketChannel, AsynchronousServerSocketChannel, the ends of a Pipe,"
          + " Selector, and streams that wrap one of these, such as those of a Process";

  private static final int[] CLOSED = {};

  private static final PrivateField FD = new PrivateField("java.io.FileDescriptor", "fd");
  private static final PrivateField FILE_CHANNEL =
      new PrivateField("sun.nio.ch.FileChannelImpl", "fd");
  private static final PrivateField ASYNC_FILE =
      new PrivateField("sun.nio.ch.AsynchronousFileChannelImpl", "fdObj");
  private static final PrivateField ASYNC_SOCKET =
      new PrivateField("sun.nio.ch.AsynchronousSocketChannelImpl", "fd");
  private static final PrivateField ASYNC_SERVER =
      new PrivateField("sun.nio.ch.AsynchronousServerSocketChannelImpl", "fd");
  private static final PrivateMethod SELECTABLE =
      new PrivateMethod("sun.nio.ch.SelChImpl", "getFD");
  private static final PrivateField SOCKET_IMPL = new PrivateField("java.net.Socket", "impl");
  private static final PrivateField SERVER_IMPL = new PrivateField("java.net.ServerSocket", "impl");
  private static final PrivateField DELEGATE =
      new PrivateField("java.net.DelegatingSocketImpl", "delegate");
  private static final PrivateField NIO_STATE =
      new PrivateField("sun.nio.ch.NioSocketImpl", "state");
  private static final PrivateField NIO_CLOSING =
      new PrivateField("sun.nio.ch.NioSocketImpl", "ST_CLOSING");
  private static final PrivateMethod IMPL_FD =
      new PrivateMethod("java.net.SocketImpl", "getFileDescriptor");
  private static final PrivateField DATAGRAM =
      new PrivateField("java.net.DatagramSocket", "delegate");
  private static final PrivateField EPOLL =
      new PrivateField("sun.nio.ch.EPollSelectorImpl", "epfd");
  private static final PrivateField EPOLL_EVENT =
      new PrivateField("sun.nio.ch.EPollSelectorImpl", "eventfd");
  private static final PrivateField EVENT_FD = new PrivateField("sun.nio.ch.EventFD", "efd");
  private static final PrivateField POLL_0 = new PrivateField("sun.nio.ch.PollSelectorImpl", "fd0");
  private static final PrivateField POLL_1 = new PrivateField("sun.nio.ch.PollSelectorImpl", "fd1");
  private static final PrivateField FILTER_IN = new PrivateField("java.io.FilterInputStream", "in");
  private static final PrivateField FILTER_OUT =
      new PrivateField("java.io.FilterOutputStream", "out");
  private static final PrivateField CHANNEL_IN =
      new PrivateField("sun.nio.ch.ChannelInputStream", "ch");
  private static final PrivateField CHANNEL_OUT =
      new PrivateField("sun.nio.ch.ChannelOutputStream", "ch");

  private Descriptors() {}

  /** What a look at an object found. */
  public sealed interface Found {}

  /** The object's descriptors; none if it is closed. */
  @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
  public record Open(int[] numbers) implements Found {
    /** Is the holder closed? */
    public boolean isClosed() {
      return numbers.length == 0;
    }
  }

  /** The object is of a kind that has no descriptor that could be reached, for this reason. */
  public record Foreign(String reason) implements Found {}

  /** Looks at an object now. */
  public static Found of(@Nullable Object holder) throws IOException {
    return switch (holder) {
      case null -> new Open(CLOSED);
      case FileDescriptor fd -> descriptor(fd);
      case FileInputStream s -> descriptor(s.getFD());
      case FileOutputStream s -> descriptor(s.getFD());
      case RandomAccessFile f -> descriptor(f.getFD());
      case FileChannel c -> channel(c, "sun.nio.ch.FileChannelImpl", FILE_CHANNEL);
      case AsynchronousFileChannel c ->
          channel(c, "sun.nio.ch.SimpleAsynchronousFileChannelImpl", ASYNC_FILE);
      case AsynchronousSocketChannel c ->
          channel(c, "sun.nio.ch.UnixAsynchronousSocketChannelImpl", ASYNC_SOCKET);
      case AsynchronousServerSocketChannel c ->
          channel(c, "sun.nio.ch.UnixAsynchronousServerSocketChannelImpl", ASYNC_SERVER);
      case SelectableChannel c -> selectable(c);
      case Socket s -> socket(s);
      case ServerSocket s -> serverSocket(s);
      case DatagramSocket s -> datagramSocket(s);
      case Selector s -> selector(s);
      case Wrapper w -> of(w.wrapped());
      case FilterInputStream s -> wrapped(s, FILTER_IN.get(s));
      case FilterOutputStream s -> wrapped(s, FILTER_OUT.get(s));
      default -> other(holder);
    };
  }

  /** The number in a FileDescriptor, -1 if it is closed. */
  static int number(FileDescriptor fd) {
    return FD.getInt(fd);
  }

  /** A FileDescriptor with a number. */
  static FileDescriptor withNumber(int number) {
    FileDescriptor fd = new FileDescriptor();
    FD.set(fd, number);
    return fd;
  }

  private static Found descriptor(@Nullable FileDescriptor fd) {
    int number = fd == null ? -1 : number(fd);
    return new Open(number < 0 ? CLOSED : new int[] {number});
  }

  private static Found channel(Channel c, String expectedClass, PrivateField field) {
    if (!c.getClass().getName().equals(expectedClass)) {
      return foreign(c);
    }
    return c.isOpen() ? descriptor((FileDescriptor) field.get(c)) : new Open(CLOSED);
  }

  private static Found selectable(SelectableChannel c) throws IOException {
    if (!isPartOfTheJdk(c)) {
      return foreign(c);
    }
    return c.isOpen() ? descriptor((FileDescriptor) SELECTABLE.call(c)) : new Open(CLOSED);
  }

  private static Found socket(Socket s) throws IOException {
    if (s.isClosed()) {
      return new Open(CLOSED);
    }
    if (s.getChannel() != null) {
      return of(s.getChannel());
    }
    Object impl = SOCKET_IMPL.get(s);
    Object fd = impl == null ? null : IMPL_FD.call(impl);
    if (fd == null && impl != null) {
      s.getReuseAddress(); // creates the descriptor of a socket that was not used yet
      fd = IMPL_FD.call(impl);
    }
    // a TLS socket over another one passes everything on to that, and has no descriptor itself
    return fd == null && !s.isClosed()
        ? new Foreign("it is layered over another socket: give that one")
        : implementation(impl, fd);
  }

  private static Found serverSocket(ServerSocket s) throws IOException {
    if (s.isClosed()) {
      return new Open(CLOSED);
    }
    if (s.getChannel() != null) {
      return of(s.getChannel());
    }
    Object impl = SERVER_IMPL.get(s);
    Object fd = IMPL_FD.call(impl);
    if (fd == null) {
      s.getReuseAddress(); // creates the descriptor of a socket that was not used yet
      fd = IMPL_FD.call(impl);
    }
    return implementation(impl, fd);
  }

  /**
   * A socket implementation keeps the number in its FileDescriptor when it closes, and may close
   * before its Socket says so (a connect that fails): its own state tells first.
   */
  private static Found implementation(@Nullable Object impl, @Nullable Object fd) {
    Object inner = impl;
    while (DELEGATE.declaringClass().isInstance(inner)) {
      inner = DELEGATE.get(inner);
    }
    if (!NIO_STATE.declaringClass().isInstance(inner)) {
      return new Foreign("its implementation is not the JDK's own");
    }
    int closing = (int) Objects.requireNonNull(NIO_CLOSING.get(null));
    return NIO_STATE.getInt(Objects.requireNonNull(inner)) >= closing
        ? new Open(CLOSED)
        : descriptor((FileDescriptor) fd);
  }

  private static Found datagramSocket(DatagramSocket s) throws IOException {
    if (s.isClosed()) {
      return new Open(CLOSED);
    }
    if (s.getChannel() != null) {
      return of(s.getChannel());
    }
    Object delegate = DATAGRAM.get(s);
    return delegate instanceof DatagramSocket d && d.getChannel() != null
        ? of(d.getChannel())
        : foreign(s);
  }

  private static Found selector(Selector s) {
    if (!s.isOpen()) {
      return new Open(CLOSED);
    }
    return switch (s.getClass().getName()) {
      case "sun.nio.ch.EPollSelectorImpl" -> {
        Object event = EPOLL_EVENT.get(s);
        yield event == null
            ? foreign(s)
            : new Open(new int[] {EPOLL.getInt(s), EVENT_FD.getInt(event)});
      }
      case "sun.nio.ch.PollSelectorImpl" ->
          new Open(new int[] {POLL_0.getInt(s), POLL_1.getInt(s)});
      default -> foreign(s);
    };
  }

  /** What a buffered stream wraps. A Process lets go of its pipes by itself when it ends. */
  private static Found wrapped(Object stream, @Nullable Object inner) throws IOException {
    Found found = of(inner);
    return found instanceof Foreign
            && stream.getClass().getName().startsWith("java.lang.ProcessImpl$")
        ? new Open(CLOSED)
        : found;
  }

  private static Found other(Object holder) throws IOException {
    return switch (holder.getClass().getName()) {
      case "sun.nio.ch.ChannelInputStream" -> of(CHANNEL_IN.get(holder));
      case "sun.nio.ch.ChannelOutputStream" -> of(CHANNEL_OUT.get(holder));
      default -> foreign(holder);
    };
  }

  private static boolean isPartOfTheJdk(Object holder) {
    return holder.getClass().getModule() == Object.class.getModule();
  }

  private static Found foreign(Object holder) {
    return new Foreign("a " + holder.getClass().getName() + " is not one of the JDK's own");
  }
}
