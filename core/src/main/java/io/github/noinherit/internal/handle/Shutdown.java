// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import io.github.noinherit.HandleClosedException;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.FileStatus;
import io.github.noinherit.internal.posix.Posix;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/*
 * shutdown(2) and close: what was leaked of a socket is dead too.
 *
 * A shutdown cannot be taken back, so it may never hit a number that has become somebody else's. The
 * socket is pinned first (Mailbox), looked at again, and then received under a number of our own. It
 * is closed before it is shut down, so that a thread in accept or read sees the close that it knows
 * how to handle; the pinned copy keeps the socket until then.
 *
 * Only a socket is received: whether it is one is asked between sending and looking again, so the
 * answer is about the same file as the message.
 */
public final class Shutdown {
  private Shutdown() {}

  /**
   * Shuts down and closes.
   *
   * @throws IllegalArgumentException if the holder is no socket; it stays open then
   */
  public static void andClose(Closeable socket) throws IOException {
    int pinned;
    try {
      pinned = pin(socket);
    } catch (HandleClosedException e) {
      throw e;
    } catch (IOException e) { // no descriptor left to pin it with: it is closed at least
      try {
        socket.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
    closeThenShutDown(socket, pinned);
  }

  /** A number of our own for the socket. */
  private static int pin(Closeable socket) throws IOException {
    int[] numbers = HandleNumbers.now(socket);
    int number = numbers[0];
    requireSocket(socket, numbers); // before anything that may fail: it must stay open then
    try (Mailbox mailbox = new Mailbox()) {
      mailbox.send(new int[] {number});
      requireSocket(socket, numbers);
      return mailbox.receive(1)[0];
    }
  }

  /** Is it a socket, and was it the holder's when that was asked? */
  private static void requireSocket(Closeable socket, int[] numbers) throws IOException {
    boolean isSocket = FileStatus.of(numbers[0]).isSocket();
    if (!HandleNumbers.isUnchanged(socket, numbers)) {
      throw new HandleClosedException(
          HandleNumbers.name(socket) + " was closed by another thread meanwhile");
    }
    if (!isSocket) {
      throw new IllegalArgumentException(
          HandleNumbers.name(socket) + " is not a socket; only sockets can be shut down");
    }
  }

  private static void closeThenShutDown(Closeable socket, int pinned) throws IOException {
    IOException failure = null;
    try {
      socket.close();
    } catch (IOException e) {
      failure = e;
    }
    CallResult shut = Posix.shutdown(pinned, Posix.SHUT_RDWR);
    if (shut.failed() && shut.errno() != Errno.ENOTCONN) { // never connected, or the peer is gone
      failure =
          add(
              failure,
              new SystemCallException("shutdown(" + pinned + ", SHUT_RDWR)", shut.errno()));
    }
    CallResult closed = Posix.close(pinned);
    if (closed.failed()) {
      failure = add(failure, new SystemCallException("close(" + pinned + ")", closed.errno()));
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static IOException add(@Nullable IOException first, IOException second) {
    if (first == null) {
      return second;
    }
    first.addSuppressed(second);
    return first;
  }
}
