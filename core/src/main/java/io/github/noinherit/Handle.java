// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import io.github.noinherit.internal.handle.BlockingMode;
import io.github.noinherit.internal.handle.HandleNumbers;
import io.github.noinherit.internal.protect.Protector;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * One operating system handle, borrowed from the object that holds it: a file descriptor on POSIX.
 *
 * <p>A {@code Handle} does not own what it names. It is not closed, it does not keep the holder
 * open, and it looks at the holder anew for every call, so it may be kept: once the holder is
 * closed each method throws {@link HandleClosedException}.
 *
 * <p>Safe for use by several threads. Each method keeps the holder reachable while it runs.
 */
public final class Handle {
  private final Object holder;

  private Handle(Object holder) {
    this.holder = holder;
  }

  /**
   * The handle of a channel, socket, stream, {@link java.io.RandomAccessFile} or selector.
   *
   * @param holder an open holder of the JDK's, a stream that wraps one, or an object of a class
   *     that a {@link HandleProvider} knows. A {@link java.net.Socket} or {@link
   *     java.net.ServerSocket} that has no descriptor yet gets it by this call.
   * @throws IllegalArgumentException if the holder is of none of these kinds; the message lists
   *     them
   * @throws HandleClosedException if it is closed
   * @throws UnsupportedOperationException if the descriptors inside JDK objects cannot be reached
   *     on this JVM ({@link Capability#JDK_HANDLES}), or if native access is denied
   * @throws IOException if the holder cannot be asked
   */
  public static Handle of(Closeable holder) throws IOException {
    return ofAny(holder);
  }

  /**
   * The handle in a {@link FileDescriptor}.
   *
   * @param descriptor an open descriptor
   * @throws HandleClosedException if it is closed
   * @throws UnsupportedOperationException as for {@link #of(Closeable)}
   * @throws IOException never otherwise
   */
  public static Handle of(FileDescriptor descriptor) throws IOException {
    return ofAny(descriptor);
  }

  /**
   * The handle of an object that is not {@link Closeable} but that a {@link HandleProvider} knows,
   * such as a Netty channel.
   *
   * @param holder as for {@link #of(Closeable)}
   * @throws IllegalArgumentException as for {@link #of(Closeable)}
   * @throws HandleClosedException as for {@link #of(Closeable)}
   * @throws UnsupportedOperationException as for {@link #of(Closeable)}
   * @throws IOException as for {@link #of(Closeable)}
   */
  public static Handle ofAny(Object holder) throws IOException {
    Handle handle = new Handle(Objects.requireNonNull(holder, "holder"));
    HandleNumbers.now(handle.holder);
    return handle;
  }

  /**
   * A handle known by its number alone, for experts: nothing keeps the number from being closed and
   * given to something else at any moment, so this cannot protect against it either.
   *
   * @param number an open descriptor's number
   * @throws IllegalArgumentException if it is negative or too large to be one
   * @throws HandleClosedException if it is not open
   * @throws IOException never otherwise
   */
  public static Handle ofNumber(long number) throws IOException {
    if (number < 0 || number > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(number + " is not a file descriptor");
    }
    Handle handle = new Handle(new HandleNumbers.Raw((int) number));
    handle.isInheritable();
    return handle;
  }

  /**
   * The number: a file descriptor. It is the holder's at the moment of the call and may be somebody
   * else's right after it if another thread closes the holder.
   *
   * @return the number; for a selector that of its epoll descriptor
   * @throws HandleClosedException if the holder is closed
   * @throws IOException if the holder cannot be asked
   */
  public long number() throws IOException {
    return HandleNumbers.now(holder)[0];
  }

  /**
   * Would a child that is started by native code, without any closing, get this handle?
   *
   * @return true if the handle (for a selector: any of its two) is inheritable. On POSIX:
   *     FD_CLOEXEC is not set (fcntl(2), F_GETFD)
   * @throws HandleClosedException if the holder is closed
   * @throws IOException if the operating system refuses the question
   */
  public boolean isInheritable() throws IOException {
    return HandleNumbers.isInheritable(holder);
  }

  /**
   * Says whether children may inherit this handle.
   *
   * <p>On POSIX: one fcntl(2) with F_SETFD for each descriptor. If another thread closes the holder
   * at the same moment, the number may be somebody else's already; then it is put to the safe side,
   * non-inheritable, and the caller is told by the exception.
   *
   * @param inheritable true: may be inherited; false: closed by exec
   * @throws HandleClosedException if the holder is closed, or was closed meanwhile
   * @throws IOException if the operating system refuses
   */
  public void setInheritable(boolean inheritable) throws IOException {
    for (int fd : HandleNumbers.setInheritable(holder, inheritable)) {
      Protector.decided(fd);
    }
  }

  /**
   * Is the handle's open file description in non-blocking mode: O_NONBLOCK, fcntl(2) F_GETFL? The
   * kernel is asked; {@link java.nio.channels.SelectableChannel#isBlocking()} knows only what its
   * own channel was told, and is true also when a call on a virtual thread has set the flag.
   * Whoever has the same description has the same mode.
   *
   * @throws HandleClosedException if the holder is closed, or was closed meanwhile
   * @throws IOException if the operating system refuses the question
   */
  public boolean isNonBlocking() throws IOException {
    return BlockingMode.isNonBlocking(holder);
  }

  /**
   * Sets the blocking mode of a socket's open file description: for this process and for everybody
   * else who has it. For a listener that was made non-blocking behind its channel's back, by a
   * virtual thread or by a child, and is to be given to a program that expects to wait: {@code
   * configureBlocking(true)} does nothing on a channel that believes to be blocking. A channel that
   * is used with a selector, or by virtual threads, relies on the non-blocking mode.
   *
   * @throws HandleClosedException if the holder is closed, or was closed meanwhile
   * @throws UnsupportedOperationException if it is no socket
   * @throws IOException if the operating system refuses
   */
  public void setNonBlocking(boolean nonBlocking) throws IOException {
    BlockingMode.set(holder, nonBlocking);
  }

  /** The holder, for the spawner. */
  Object holder() {
    return holder;
  }

  /** {@return the holder in words, with the number if it is open} */
  @Override
  public String toString() {
    try {
      return HandleNumbers.describe(holder);
    } finally {
      Reference.reachabilityFence(holder);
    }
  }
}
