// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.noinherit.HandleClosedException;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.HandleMessage;
import io.github.noinherit.internal.posix.Posix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/*
 * A Unix datagram socketpair through which descriptors travel. A descriptor in a message is pinned:
 * the message refers to the open file itself, whatever happens to the number meanwhile. That is
 * what makes it possible to hand a handle on while other threads may close it:
 *
 *   1. read the number from its holder
 *   2. send it
 *   3. look at the holder again
 *
 * If at 3 the holder is still open with the same number, the message holds the right file, as a
 * holder is marked closed before its number is given back. If not, the message may hold somebody
 * else's file, and is thrown away unopened.
 *
 * A message is thrown away by receiving it without room for descriptors: the kernel drops them
 * without giving them numbers. They must not be received and closed here: closing any descriptor of
 * a regular file drops all POSIX locks that this process holds on that file (fcntl(2), "Advisory
 * record locking"). For the same reason nothing here uses dup on a file that may be regular.
 *
 * Not safe for use by several threads at once.
 */
public final class Mailbox implements AutoCloseable {
  private final int sender;
  private final int receiver;
  private int waiting;

  /** Opens a mailbox. Both ends are close-on-exec. */
  public Mailbox() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pair = arena.allocate(JAVA_INT, 2);
      Posix.socketpair(Posix.AF_UNIX, Posix.SOCK_DGRAM | Posix.SOCK_CLOEXEC, 0, pair)
          .orThrow("socketpair(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC, 0)");
      // the receiver is the end that a child keeps while it is born: the lower number
      int[] ends = AboveStandard.movePair(pair.toArray(JAVA_INT));
      receiver = ends[0];
      sender = ends[1];
    }
  }

  /** The number of the end from which messages are received. */
  public int receiver() {
    return receiver;
  }

  /** Sends descriptors by number, in one message. */
  public void send(int[] numbers) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = HandleMessage.outgoing(arena, numbers);
      CallResult sent;
      do {
        sent = Posix.sendmsg(sender, message, Posix.MSG_DONTWAIT);
      } while (sent.failed() && sent.errno() == Errno.EINTR);
      if (sent.failed() && sent.errno() == Errno.EBADF) {
        throw new HandleClosedException("a handle was closed while it was being handed on");
      }
      sent.orThrow("sendmsg(%d, SCM_RIGHTS %s)", sender, Arrays.toString(numbers));
      waiting++;
    }
  }

  /** Receives one message, in this process; each descriptor received is close-on-exec. */
  public int[] receive(int count) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = HandleMessage.empty(arena, count);
      CallResult got;
      do {
        got = Posix.recvmsg(receiver, message, Posix.MSG_DONTWAIT | Linux.MSG_CMSG_CLOEXEC);
      } while (got.failed() && got.errno() == Errno.EINTR);
      got.orThrow("recvmsg(%d)", receiver);
      waiting--;
      int[] received = HandleMessage.received(message, count);
      if (received.length < count) {
        for (int fd : received) {
          Posix.close(fd).orThrow("close(%d)", fd);
        }
        // the kernel drops those for which there is no number: unix(7), MSG_CTRUNC
        throw new SystemCallException("recvmsg(" + receiver + ", SCM_RIGHTS)", Errno.EMFILE);
      }
      return received;
    }
  }

  /** Throws away what was sent and not received, here or by a child that has a copy of this. */
  public void discard() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(8);
      while (waiting > 0) {
        CallResult got = Posix.recv(receiver, data, 8, Posix.MSG_DONTWAIT);
        if (got.failed() && got.errno() == Errno.EAGAIN) {
          waiting = 0;
        } else if (!(got.failed() && got.errno() == Errno.EINTR)) {
          got.orThrow("recv(%d)", receiver);
          waiting--;
        }
      }
    }
  }

  /** Closes both ends, and with them what was sent and not received. */
  @Override
  public void close() throws IOException {
    CallResult first = Posix.close(receiver);
    CallResult second = Posix.close(sender);
    for (var end : List.of(first, second)) {
      if (end.failed()) {
        throw new SystemCallException("close of a mailbox", end.errno());
      }
    }
  }
}
