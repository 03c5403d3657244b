// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import io.github.noinherit.internal.handle.AtomicOpen;
import io.github.noinherit.internal.handle.HandleNumbers;
import io.github.noinherit.internal.handle.Shutdown;
import io.github.noinherit.internal.protect.Protector;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Flags on any handle, and handles that are born non-inheritable.
 *
 * <p>A handle holder is any channel, socket, stream, {@link java.io.RandomAccessFile} or selector
 * of the JDK's, or an object that a {@link HandleProvider} knows. All methods may be called from
 * any thread, virtual ones too.
 *
 * <p>Sources: fcntl(2) "File descriptor flags"; open(2), socket(2), accept4(2), pipe2(2),
 * eventfd(2), epoll_create1(2) for the flags that are set at creation.
 */
public final class NoInherit {
  private NoInherit() {}

  /**
   * Makes a handle non-inheritable: no child gets it by accident.
   *
   * <p><b>This is a security matter.</b> A file that a child inherits can be read and written by it
   * whatever the file's permissions are; a listening socket can be answered on by it.
   *
   * <ul>
   *   <li>Call it at once after opening. Another thread may start a child in between, and that
   *       child has the handle: no call can take it back. {@link #open}, {@link
   *       #openServerSocketChannel()} and their siblings close that gap, as they never let the
   *       handle be inheritable.
   *   <li>A socket returned by {@code accept()} is inheritable even if its listener is not: it
   *       needs the call too, or {@link #accept}.
   *   <li>Children that {@link ProcessBuilder} starts on Linux get no handle above 2 either way;
   *       those that native code starts do, and so does the program that replaces this one by exec.
   *   <li>Available on Linux x86-64 and aarch64; {@link Capability#JDK_HANDLES} says whether here.
   * </ul>
   *
   * @param holder an open handle holder
   * @throws IllegalArgumentException if it is no handle holder
   * @throws HandleClosedException if it is closed, or was closed by another thread meanwhile
   * @throws UnsupportedOperationException as for {@link Handle#of(Closeable)}
   * @throws IOException if the operating system refuses
   */
  public static void setNoInherit(Closeable holder) throws IOException {
    setNoInherit(holder, true);
  }

  /**
   * Makes a handle non-inheritable, or inheritable again.
   *
   * <p>Inheritable alone hands it to nobody that {@link ProcessBuilder} starts on Linux, as that
   * closes everything above 2 in its children: {@link Spawn#pass(String, Closeable)} hands it on.
   *
   * @param holder an open handle holder
   * @param noInherit true: children do not get it; false: children may
   * @throws IllegalArgumentException as for {@link #setNoInherit(Closeable)}
   * @throws HandleClosedException as for {@link #setNoInherit(Closeable)}
   * @throws UnsupportedOperationException as for {@link #setNoInherit(Closeable)}
   * @throws IOException as for {@link #setNoInherit(Closeable)}
   */
  public static void setNoInherit(Closeable holder, boolean noInherit) throws IOException {
    Handle.of(holder).setInheritable(!noInherit);
  }

  /**
   * {@link #setNoInherit(Closeable)} for a descriptor.
   *
   * @param descriptor an open descriptor
   * @throws HandleClosedException as for {@link #setNoInherit(Closeable)}
   * @throws UnsupportedOperationException as for {@link #setNoInherit(Closeable)}
   * @throws IOException as for {@link #setNoInherit(Closeable)}
   */
  public static void setNoInherit(FileDescriptor descriptor) throws IOException {
    setNoInherit(descriptor, true);
  }

  /**
   * {@link #setNoInherit(Closeable, boolean)} for a descriptor.
   *
   * @param descriptor an open descriptor
   * @param noInherit true: children do not get it; false: children may
   * @throws HandleClosedException as for {@link #setNoInherit(Closeable)}
   * @throws UnsupportedOperationException as for {@link #setNoInherit(Closeable)}
   * @throws IOException as for {@link #setNoInherit(Closeable)}
   */
  public static void setNoInherit(FileDescriptor descriptor, boolean noInherit) throws IOException {
    Handle.of(descriptor).setInheritable(!noInherit);
  }

  /**
   * Would a child that is started without any closing get this handle?
   *
   * @param holder an open handle holder
   * @return true if it is inheritable now
   * @throws IllegalArgumentException as for {@link #setNoInherit(Closeable)}
   * @throws HandleClosedException as for {@link #setNoInherit(Closeable)}
   * @throws UnsupportedOperationException as for {@link #setNoInherit(Closeable)}
   * @throws IOException as for {@link #setNoInherit(Closeable)}
   */
  public static boolean isInheritable(Closeable holder) throws IOException {
    return Handle.of(holder).isInheritable();
  }

  /**
   * {@link #isInheritable(Closeable)} for a descriptor.
   *
   * @param descriptor an open descriptor
   * @return true if it is inheritable now
   * @throws HandleClosedException as for {@link #setNoInherit(Closeable)}
   * @throws UnsupportedOperationException as for {@link #setNoInherit(Closeable)}
   * @throws IOException as for {@link #setNoInherit(Closeable)}
   */
  public static boolean isInheritable(FileDescriptor descriptor) throws IOException {
    return Handle.of(descriptor).isInheritable();
  }

  /**
   * Shuts a socket down in both directions, then closes it: copies that leaked to other processes
   * are dead too, since shutdown(2) acts on the socket and close(2) only on this process'
   * descriptor.
   *
   * <p>A listener stops listening at once, whoever else holds it; a connection ends for its peer. A
   * socket that is not connected, or is no longer, is just closed.
   *
   * @param socket a socket or socket channel. It is closed in any case when this returns, and also
   *     when it throws anything but {@link IllegalArgumentException}
   * @throws IllegalArgumentException if it is no handle holder or no socket; it stays as it is then
   * @throws HandleClosedException if it is closed already
   * @throws UnsupportedOperationException as for {@link #setNoInherit(Closeable)}; the socket stays
   *     as it is then
   * @throws IOException if shutting down or closing fails
   */
  public static void shutdownAndClose(Closeable socket) throws IOException {
    Shutdown.andClose(socket);
  }

  /** One that was open under the same number before is not to be taken for it (remove). */
  private static FileChannel born(FileChannel channel) throws IOException {
    for (int fd : HandleNumbers.now(channel)) {
      Protector.decided(fd);
    }
    return channel;
  }

  /**
   * Opens a file that is never inheritable, not for an instant: {@link FileChannel#open(Path,
   * OpenOption...)} with O_CLOEXEC in the call that opens it.
   *
   * @param path a file of the operating system
   * @param options all of {@link java.nio.file.StandardOpenOption}, NOFOLLOW_LINKS, and DIRECT.
   *     With DELETE_ON_CLOSE the file's name is removed right after opening, as by the JDK; if that
   *     fails this call fails, where the JDK says nothing
   * @return a channel as {@link FileChannel#open(Path, OpenOption...)} returns it
   * @throws IllegalArgumentException as {@link FileChannel#open(Path, OpenOption...)}
   * @throws UnsupportedOperationException as {@link FileChannel#open(Path, OpenOption...)}, if the
   *     path is not one of the operating system, or as {@link #setNoInherit(Closeable)}
   * @throws java.nio.file.NoSuchFileException if there is no such file
   * @throws java.nio.file.FileAlreadyExistsException if there is one and CREATE_NEW was given
   * @throws java.nio.file.AccessDeniedException if it may not be opened so
   * @throws IOException if it cannot be opened for another reason; the cause is a {@link
   *     SystemCallException}
   */
  public static FileChannel open(Path path, OpenOption... options) throws IOException {
    Set<OpenOption> set = new HashSet<>();
    for (OpenOption o : options) {
      set.add(Objects.requireNonNull(o, "option"));
    }
    return AtomicOpen.file(path, set);
  }

  /**
   * {@link #open(Path, OpenOption...)} with attributes for a file that is created.
   *
   * @param path a file of the operating system
   * @param options as above
   * @param attributes {@link java.nio.file.attribute.PosixFilePermissions#asFileAttribute
   *     permissions}; others are refused, as the JDK does
   * @return a channel as {@link FileChannel#open(Path, Set, FileAttribute[])} returns it
   * @throws IllegalArgumentException as above
   * @throws UnsupportedOperationException as above
   * @throws IOException as above
   */
  public static FileChannel open(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return born(AtomicOpen.file(path, options, attributes));
  }

  /**
   * A server socket that is never inheritable: {@link ServerSocketChannel#open()}.
   *
   * @return an unbound channel of the JDK's own class
   * @throws UnsupportedOperationException as {@link #setNoInherit(Closeable)}
   * @throws IOException if the operating system refuses
   */
  public static ServerSocketChannel openServerSocketChannel() throws IOException {
    return AtomicOpen.serverSocket(null);
  }

  /**
   * A server socket that is never inheritable: {@link ServerSocketChannel#open(ProtocolFamily)}.
   *
   * @param family INET, INET6 or UNIX
   * @return an unbound channel of the JDK's own class
   * @throws UnsupportedOperationException if the family is not supported here, or as above
   * @throws IOException if the operating system refuses
   */
  public static ServerSocketChannel openServerSocketChannel(ProtocolFamily family)
      throws IOException {
    return AtomicOpen.serverSocket(Objects.requireNonNull(family, "family"));
  }

  /**
   * A stream socket that is never inheritable: {@link SocketChannel#open()}.
   *
   * @return an unconnected channel of the JDK's own class
   * @throws UnsupportedOperationException as {@link #setNoInherit(Closeable)}
   * @throws IOException if the operating system refuses
   */
  public static SocketChannel openSocketChannel() throws IOException {
    return AtomicOpen.socket(null);
  }

  /**
   * A stream socket that is never inheritable: {@link SocketChannel#open(ProtocolFamily)}.
   *
   * @param family INET, INET6 or UNIX
   * @return an unconnected channel of the JDK's own class
   * @throws UnsupportedOperationException if the family is not supported here, or as above
   * @throws IOException if the operating system refuses
   */
  public static SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
    return AtomicOpen.socket(Objects.requireNonNull(family, "family"));
  }

  /**
   * A datagram socket that is never inheritable: {@link DatagramChannel#open()}.
   *
   * @return an unbound channel of the JDK's own class
   * @throws UnsupportedOperationException as {@link #setNoInherit(Closeable)}
   * @throws IOException if the operating system refuses
   */
  public static DatagramChannel openDatagramChannel() throws IOException {
    return AtomicOpen.datagram(null);
  }

  /**
   * A datagram socket that is never inheritable: {@link DatagramChannel#open(ProtocolFamily)}.
   *
   * @param family INET or INET6
   * @return an unbound channel of the JDK's own class
   * @throws UnsupportedOperationException if the family is not supported here, or as above
   * @throws IOException if the operating system refuses
   */
  public static DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
    return AtomicOpen.datagram(Objects.requireNonNull(family, "family"));
  }

  /**
   * A pipe whose ends are never inheritable: {@link Pipe#open()}.
   *
   * @return a pipe with ends of the JDK's own classes
   * @throws UnsupportedOperationException as {@link #setNoInherit(Closeable)}
   * @throws IOException if the operating system refuses
   */
  public static Pipe openPipe() throws IOException {
    return AtomicOpen.pipe();
  }

  /**
   * A selector whose descriptors are never inheritable: {@link Selector#open()}.
   *
   * @return a selector of the JDK's own epoll class
   * @throws UnsupportedOperationException if another selector provider is configured, or a JDK has
   *     another epoll class than noinherit knows ({@link Capability#ATOMIC_SELECTOR}), or as {@link
   *     #setNoInherit(Closeable)}
   * @throws IOException if the operating system refuses
   */
  public static Selector openSelector() throws IOException {
    return AtomicOpen.selector();
  }

  /**
   * Accepts a connection that is never inheritable: {@link ServerSocketChannel#accept()} by accept4
   * with SOCK_CLOEXEC. It blocks, is closed, interrupted and mixed with other calls on the channel
   * exactly as that is, on virtual threads too.
   *
   * @param listener a bound channel of the JDK's own class
   * @return the connection; null if the channel is non-blocking and nobody waits
   * @throws IllegalArgumentException if the channel is not of the JDK's own class
   * @throws java.nio.channels.ClosedChannelException as {@link ServerSocketChannel#accept()}, with
   *     its subclasses
   * @throws java.nio.channels.NotYetBoundException as {@link ServerSocketChannel#accept()}
   * @throws UnsupportedOperationException as {@link #setNoInherit(Closeable)}
   * @throws IOException if the operating system refuses
   */
  public static @Nullable SocketChannel accept(ServerSocketChannel listener) throws IOException {
    return AtomicOpen.accept(listener);
  }

  /**
   * Protection by default: from when this returns, every handle that the JDK creates is born
   * non-inheritable, in one step with its creation, and those that were open already have been made
   * so. {@link Protection} says what is covered and what is not.
   *
   * <p>Idempotent, callable from several threads and from several class loaders of one JVM.
   * Children of {@link ProcessBuilder} get their three standard streams as ever.
   *
   * <p>This is the last moment to make what was already open non-inheritable; a child that other
   * native code started before has what was open then.
   *
   * @return this owner's share of it
   * @throws UnsupportedOperationException if it cannot be had here; nothing was changed, and the
   *     message says why
   * @throws IOException if the operating system refused; nothing was changed
   */
  public static Protection byDefault() throws IOException {
    return byDefault(Scope.jdk(), Requirement.REQUIRED);
  }

  /**
   * {@link #byDefault()}, or none.
   *
   * @param requirement what to do where it cannot be had
   * @return this owner's share of it
   * @throws UnsupportedOperationException as {@link #byDefault()}, if it is required
   * @throws IOException as {@link #byDefault()}
   */
  public static Protection byDefault(Requirement requirement) throws IOException {
    return byDefault(Scope.jdk(), requirement);
  }

  /**
   * {@link #byDefault()} for more, or less.
   *
   * @param scope which libraries, and which handles stay as they are
   * @return this owner's share of it
   * @throws UnsupportedOperationException as {@link #byDefault()}
   * @throws IOException as {@link #byDefault()}
   */
  public static Protection byDefault(Scope scope) throws IOException {
    return byDefault(scope, Requirement.REQUIRED);
  }

  /**
   * {@link #byDefault()} for more, or less, or none.
   *
   * @param scope which libraries, and which handles stay as they are
   * @param requirement what to do where it cannot be had
   * @return this owner's share of it
   * @throws UnsupportedOperationException as {@link #byDefault()}, if it is required
   * @throws IOException as {@link #byDefault()}
   */
  public static Protection byDefault(Scope scope, Requirement requirement) throws IOException {
    return Protector.protect(
        Objects.requireNonNull(scope, "scope"), Objects.requireNonNull(requirement, "requirement"));
  }

  /**
   * Loads a native library, without running its JNI_OnLoad, and covers it: a {@link System#load} of
   * it afterwards finds it protected. {@link Scope#alsoLibraries} does that by name.
   *
   * @param library the file of a native library
   * @return an owner's share of protection, as of {@link #byDefault()}, that covers it too
   * @throws UnsupportedOperationException as {@link #byDefault()}
   * @throws IOException as {@link #byDefault()}, or if the library cannot be loaded
   */
  public static Protection protectLibrary(Path library) throws IOException {
    return Protector.protectLibrary(library.toRealPath());
  }
}
