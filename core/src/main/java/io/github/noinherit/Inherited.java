// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import io.github.noinherit.internal.handle.Adoption;
import io.github.noinherit.internal.handle.HandleNumbers;
import io.github.noinherit.internal.handle.Want;
import io.github.noinherit.internal.protect.Protector;
import io.github.noinherit.internal.spawn.FormerChildren;
import java.io.IOException;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The child's side: handles that whoever started this process gave it, as channels of the JDK's own
 * classes.
 *
 * {@snippet :
 * ServerSocketChannel listener = Inherited.serverSocket("http").orElse(null);
 * if (listener == null) {
 *   listener = NoInherit.openServerSocketChannel().bind(new InetSocketAddress(8080));
 * }
 * }
 *
 * <p><b>Where they come from</b>, in this order:
 *
 * <ol>
 *   <li>{@link Spawn#pass(String, java.io.Closeable) Spawn.pass}: {@code
 *       NOINHERIT_HANDLES=http=3,log=4}.
 *   <li>The systemd protocol, sd_listen_fds(3): {@code LISTEN_FDS} from 3 on, {@code
 *       LISTEN_FDNAMES}, and {@code LISTEN_PID}, which must be this process. A start script must
 *       therefore end in {@code exec java …}. A socket unit's {@code FileDescriptorName=} is the
 *       name; unless set it is the name of the unit, such as {@code web.socket}. Two sockets may
 *       have one name there: ask for these by number.
 *   <li>Only where neither variable is set, inetd(8), also systemd's {@code StandardInput=socket}:
 *       descriptor 0 is a socket. It moves to another number; each of 0 to 2 that is this socket
 *       becomes /dev/null, so that nothing that the program prints goes to the client, from then
 *       on. A connected Unix-domain socket under 0 is not taken for a client's by name, since
 *       Node.js makes standard streams of such; {@code socket(0)} takes it.
 * </ol>
 *
 * <p>A single handle that was given without a name (inetd's, or one of {@code LISTEN_FDS} without
 * {@code LISTEN_FDNAMES}) answers to every name, until somebody has it.
 *
 * <p><b>Guaranteed.</b> What a handle is, the kernel says, not a name. From the first channel that
 * is returned on, none of the handles that the variables name is inheritable, adopted or not. The
 * channel owns its descriptor: closing the channel closes it. It is adopted once: a second call is
 * refused, in any class loader of this JVM (as long as nobody replaces {@link
 * System#setProperties(java.util.Properties) all system properties}, where the record is), also
 * after the channel was closed. Variables that cannot be understood, are for another process, or
 * name a number that is not open, are an exception, and nothing is adopted: neither this one nor
 * any other.
 *
 * <p><b>What is shared.</b> A handle that was passed is the same open file description for all who
 * have it (open(2)): offset, status flags, and a socket's options are one, and a listener that a
 * service manager keeps has the options that the last run gave it. So is O_NONBLOCK, the blocking
 * mode. A channel returned here is in blocking mode, and does what {@code isBlocking()} says,
 * whatever the mode of the description is: if somebody else has made that non-blocking, it stays
 * so, and this channel waits by poll(2) instead. The reverse cannot be helped here: {@code
 * configureBlocking(false)}, a selector, and any call on a virtual thread make the description
 * non-blocking for all who have it, which programs other than Java may not expect of theirs. {@link
 * #all()} tells the mode.
 *
 * <p><b>Not guaranteed.</b> The handles are inheritable until they are adopted, as that is how they
 * came: adopt before the first child is started. Do not use {@link System#inheritedChannel()} as
 * well, which knows nothing of this class. Children that {@link ProcessBuilder} starts get a copy
 * of this process' environment, so the {@link #VARIABLES} too: {@code
 * builder.environment().keySet().removeAll(Inherited.VARIABLES)} takes them out, {@link Spawn}
 * always does.
 *
 * <p>Safe for use by several threads and virtual threads. Where Linux' handles cannot be had
 * (another operating system) all methods answer that nothing was given, unless the variables say
 * otherwise.
 *
 * <p>Sources: sd_listen_fds(3), systemd.socket(5), inetd(8); fcntl(2), fstat(2), socket(7),
 * getpeername(2) for what a handle is; dup(2).
 */
public final class Inherited {
  /**
   * The environment variables that speak of handles, or children, to one process and must not reach
   * another. LISTEN_PIDFDID is set by newer versions of systemd, NOINHERIT_CHILDREN by {@link
   * SelfExec}.
   */
  public static final List<String> VARIABLES =
      List.of(
          Spawn.HANDLES_VARIABLE,
          "LISTEN_FDS",
          "LISTEN_FDNAMES",
          "LISTEN_PID",
          "LISTEN_PIDFDID",
          FormerChildren.VARIABLE);

  private Inherited() {}

  /**
   * Adopts a socket that listens.
   *
   * @param name the name under which it was given
   * @return the bound channel, in blocking mode, owned by the caller; empty if nothing was given
   *     under that name
   * @throws IllegalStateException if it was adopted before
   * @throws UnsupportedOperationException if the JDK's channels cannot be made on this JVM ({@link
   *     Capability#JDK_HANDLES}), or native access is denied, or it is an IPv6 socket in a JVM that
   *     has no IPv6
   * @throws IOException if the variables cannot be understood or are not for this process, if a
   *     number that they name is not open, if several handles have this name, or if it is something
   *     else than asked for; nothing is adopted then, and no flag changed
   */
  public static Optional<ServerSocketChannel> serverSocket(String name) throws IOException {
    return named(name, Want.SERVER_SOCKET);
  }

  /**
   * {@link #serverSocket(String)} by number, for what {@link Spawn#passAs(int, java.io.Closeable)}
   * gave, or {@link #all()} lists. No variable is looked at: who names a number knows that it was
   * given. One that was not may be something that this JVM has opened for itself.
   *
   * @param number the descriptor; 0 for inetd's socket
   * @return the channel; empty if the number is not open, or 0 is no socket
   * @throws IllegalArgumentException if the number is negative, 1 or 2
   * @throws IllegalStateException as {@link #serverSocket(String)}
   * @throws UnsupportedOperationException as {@link #serverSocket(String)}, or if this is not Linux
   * @throws IOException if it is something else than asked for; nothing is changed then
   */
  public static Optional<ServerSocketChannel> serverSocket(int number) throws IOException {
    return numbered(number, Want.SERVER_SOCKET);
  }

  /**
   * Adopts a connection: a stream socket that has a peer.
   *
   * @param name the name under which it was given
   * @return the connected channel, in blocking mode, owned by the caller; empty if nothing was
   *     given under that name
   * @throws IllegalStateException as {@link #serverSocket(String)}
   * @throws UnsupportedOperationException as {@link #serverSocket(String)}
   * @throws IOException as {@link #serverSocket(String)}
   */
  public static Optional<SocketChannel> socket(String name) throws IOException {
    return named(name, Want.SOCKET);
  }

  /**
   * {@link #socket(String)} by number, as {@link #serverSocket(int)}.
   *
   * @param number the descriptor; 0 for inetd's socket
   * @return the channel; empty if the number is not open
   * @throws IllegalArgumentException if the number is negative, 1 or 2
   * @throws IllegalStateException as {@link #serverSocket(String)}
   * @throws UnsupportedOperationException as {@link #serverSocket(int)}
   * @throws IOException as {@link #serverSocket(int)}
   */
  public static Optional<SocketChannel> socket(int number) throws IOException {
    return numbered(number, Want.SOCKET);
  }

  /**
   * Adopts an Internet datagram socket, connected or not.
   *
   * @param name the name under which it was given
   * @return the channel, in blocking mode, owned by the caller; empty if nothing was given under
   *     that name
   * @throws IllegalStateException as {@link #serverSocket(String)}
   * @throws UnsupportedOperationException as {@link #serverSocket(String)}
   * @throws IOException as {@link #serverSocket(String)}
   */
  public static Optional<DatagramChannel> datagram(String name) throws IOException {
    return named(name, Want.DATAGRAM);
  }

  /**
   * {@link #datagram(String)} by number, as {@link #serverSocket(int)}.
   *
   * @param number the descriptor; 0 for inetd's socket
   * @return the channel; empty if the number is not open
   * @throws IllegalArgumentException if the number is negative, 1 or 2
   * @throws IllegalStateException as {@link #serverSocket(String)}
   * @throws UnsupportedOperationException as {@link #serverSocket(int)}
   * @throws IOException as {@link #serverSocket(int)}
   */
  public static Optional<DatagramChannel> datagram(int number) throws IOException {
    return numbered(number, Want.DATAGRAM);
  }

  /**
   * Adopts the reading end of a pipe or FIFO, which works with a selector.
   *
   * @param name the name under which it was given
   * @return the channel, in blocking mode, owned by the caller; empty if nothing was given under
   *     that name
   * @throws IllegalStateException as {@link #serverSocket(String)}
   * @throws UnsupportedOperationException as {@link #serverSocket(String)}
   * @throws IOException as {@link #serverSocket(String)}
   */
  public static Optional<Pipe.SourceChannel> source(String name) throws IOException {
    return named(name, Want.SOURCE);
  }

  /**
   * {@link #source(String)} by number, as {@link #serverSocket(int)}.
   *
   * @param number the descriptor
   * @return the channel; empty if the number is not open
   * @throws IllegalArgumentException if the number is below 3
   * @throws IllegalStateException as {@link #serverSocket(String)}
   * @throws UnsupportedOperationException as {@link #serverSocket(int)}
   * @throws IOException as {@link #serverSocket(int)}
   */
  public static Optional<Pipe.SourceChannel> source(int number) throws IOException {
    return numbered(number, Want.SOURCE);
  }

  /**
   * Adopts the writing end of a pipe or FIFO, which works with a selector.
   *
   * @param name the name under which it was given
   * @return the channel, in blocking mode, owned by the caller; empty if nothing was given under
   *     that name
   * @throws IllegalStateException as {@link #serverSocket(String)}
   * @throws UnsupportedOperationException as {@link #serverSocket(String)}
   * @throws IOException as {@link #serverSocket(String)}
   */
  public static Optional<Pipe.SinkChannel> sink(String name) throws IOException {
    return named(name, Want.SINK);
  }

  /**
   * {@link #sink(String)} by number, as {@link #serverSocket(int)}.
   *
   * @param number the descriptor
   * @return the channel; empty if the number is not open
   * @throws IllegalArgumentException if the number is below 3
   * @throws IllegalStateException as {@link #serverSocket(String)}
   * @throws UnsupportedOperationException as {@link #serverSocket(int)}
   * @throws IOException as {@link #serverSocket(int)}
   */
  public static Optional<Pipe.SinkChannel> sink(int number) throws IOException {
    return numbered(number, Want.SINK);
  }

  /**
   * Adopts a file or device. The channel reads, writes or appends as the descriptor does; its
   * position is that of the open file description, shared by all who have it. A file that this JVM
   * has opened itself (its own, its jars) is refused.
   *
   * @param name the name under which it was given
   * @return the channel, owned by the caller; empty if nothing was given under that name
   * @throws IllegalStateException as {@link #serverSocket(String)}
   * @throws UnsupportedOperationException as {@link #serverSocket(String)}
   * @throws IOException as {@link #serverSocket(String)}
   */
  public static Optional<FileChannel> file(String name) throws IOException {
    return named(name, Want.FILE);
  }

  /**
   * {@link #file(String)} by number, as {@link #serverSocket(int)}.
   *
   * @param number the descriptor
   * @return the channel; empty if the number is not open
   * @throws IllegalArgumentException if the number is below 3
   * @throws IllegalStateException as {@link #serverSocket(String)}
   * @throws UnsupportedOperationException as {@link #serverSocket(int)}
   * @throws IOException as {@link #serverSocket(int)}
   */
  public static Optional<FileChannel> file(int number) throws IOException {
    return numbered(number, Want.FILE);
  }

  /**
   * What was given and nobody has adopted yet. Changes nothing.
   *
   * @return one for each name that the variables give, in their order; else inetd's socket, if
   *     there is one; empty if nothing was given
   * @throws UnsupportedOperationException if native access is denied, or as the class says
   * @throws IOException if the variables cannot be understood or are not for this process, or if a
   *     number that they name is not open
   */
  public static List<InheritedHandle> all() throws IOException {
    return Adoption.all();
  }

  private static <C extends Channel> Optional<C> named(String name, Want<C> want)
      throws IOException {
    return decided(Adoption.named(Objects.requireNonNull(name, "name"), want));
  }

  private static <C extends Channel> Optional<C> numbered(int number, Want<C> want)
      throws IOException {
    return decided(Adoption.numbered(number, want));
  }

  /**
   * Borrows a descriptor that was given by number, to hand it on with {@link Spawn#pass(String,
   * Handle)} or {@link Spawn#passAs(int, Handle)}: it is not adopted, and nothing is changed.
   *
   * @param number the descriptor
   * @return its handle; empty if the number is not open
   * @throws IllegalArgumentException if the number is negative
   * @throws UnsupportedOperationException if this is not Linux, or native access is denied
   * @throws IOException if there is a file that this JVM has opened itself (its own, its jars):
   *     what should be there was not given
   */
  public static Optional<Handle> handle(int number) throws IOException {
    if (number < 0) {
      throw new IllegalArgumentException("a descriptor is not negative: " + number);
    }
    return Adoption.isGiven(number) ? Optional.of(Handle.ofNumber(number)) : Optional.empty();
  }

  /** What the sweep of protection by default has noted of the descriptor counts no more. */
  private static <C extends Channel> Optional<C> decided(Optional<C> adopted) throws IOException {
    if (adopted.isPresent()) {
      for (int fd : HandleNumbers.now(adopted.get())) {
        Protector.decided(fd);
      }
    }
    return adopted;
  }
}
