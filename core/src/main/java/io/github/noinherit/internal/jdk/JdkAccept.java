// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/*
 * The frame of ServerSocketChannel.accept with a system call of ours inside.
 *
 * The JDK's accept takes the channel's accept lock, announces the thread to the channel (begin, so
 * that close and interrupt can wake it), on a virtual thread makes the socket non-blocking, calls
 * accept(2), parks while there is nothing (a virtual thread leaves its carrier, a platform thread
 * polls), and takes its announcement back (end). Going through the same private methods keeps all of
 * that, so our accept can be closed, interrupted, and mixed with the JDK's own on one channel. Only
 * the system call is another: accept4 with SOCK_CLOEXEC.
 */
public final class JdkAccept {
  private static final String SERVER = "sun.nio.ch.ServerSocketChannelImpl";
  private static final PrivateField ACCEPT_LOCK = new PrivateField(SERVER, "acceptLock");
  private static final PrivateField FD = new PrivateField(SERVER, "fd");
  private static final PrivateMethod ENSURE_OPEN = new PrivateMethod(SERVER, "ensureOpen");
  private static final PrivateMethod BEGIN = new PrivateMethod(SERVER, "begin", "boolean");
  private static final PrivateMethod END = new PrivateMethod(SERVER, "end", "boolean", "boolean");
  private static final PrivateMethod NON_BLOCKING_ON_VIRTUAL =
      new PrivateMethod(SERVER, "configureSocketNonBlockingIfVirtualThread");
  private static final PrivateMethod PARK =
      new PrivateMethod("sun.nio.ch.SelChImpl", "park", "int");
  private static final PrivateField POLLIN = new PrivateField("sun.nio.ch.Net", "POLLIN");
  private static final PrivateMethod FINISH =
      new PrivateMethod(SERVER, "finishAccept", "java.io.FileDescriptor", "java.net.SocketAddress");

  private JdkAccept() {}

  /** The system call. */
  public interface Call {
    /** Nothing is waiting, or a signal came: park, and try again. */
    int RETRY = -1;

    /** Accepts one connection on the listener: its descriptor, or {@link #RETRY}. */
    int accept(int listener) throws IOException;

    /**
     * The address of the other side, as accept told it. The socket itself cannot be asked: a client
     * that has reset the connection already has no address any more.
     */
    SocketAddress peer() throws IOException;

    /** Takes a descriptor back that no channel was made for. */
    void discard(int accepted, Throwable why);
  }

  /** Accepts a connection; null if the channel is non-blocking and nobody waits. */
  public static @Nullable SocketChannel accept(ServerSocketChannel listener, Call call)
      throws IOException {
    if (!listener.getClass().getName().equals(SERVER)) {
      throw new IllegalArgumentException(
          "a " + listener.getClass().getName() + " is not one of the JDK's own channels");
    }
    int accepted = Call.RETRY;
    ReentrantLock lock = (ReentrantLock) Objects.requireNonNull(ACCEPT_LOCK.get(listener));
    lock.lock();
    try {
      ENSURE_OPEN.call(listener);
      boolean blocking = listener.isBlocking();
      try {
        BEGIN.call(listener, blocking);
        NON_BLOCKING_ON_VIRTUAL.call(listener);
        FileDescriptor fd = (FileDescriptor) Objects.requireNonNull(FD.get(listener));
        accepted = call.accept(Descriptors.number(fd));
        while (blocking && accepted == Call.RETRY && listener.isOpen()) {
          PARK.call(listener, POLLIN.get(null));
          accepted = call.accept(Descriptors.number(fd));
        }
      } finally {
        END.call(listener, blocking, accepted >= 0);
      }
    } catch (IOException | RuntimeException e) {
      if (accepted >= 0) {
        call.discard(accepted, e);
      }
      throw e;
    } finally {
      lock.unlock();
    }
    return accepted < 0 ? null : channel(listener, accepted, call);
  }

  private static SocketChannel channel(ServerSocketChannel listener, int accepted, Call call)
      throws IOException {
    FileDescriptor fd = Descriptors.withNumber(accepted);
    SocketAddress peer;
    try {
      peer = call.peer();
    } catch (IOException | RuntimeException e) {
      call.discard(accepted, e);
      throw e;
    }
    // closes the descriptor itself if it fails
    return (SocketChannel) Objects.requireNonNull(FINISH.call(listener, fd, peer));
  }
}
