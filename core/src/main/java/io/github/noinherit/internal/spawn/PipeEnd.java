// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.jdk.JdkChannels;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.posix.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.nio.channels.Channel;

/*
 * Our end of a pipe to a child, and the question whether anybody else still has the other one.
 *
 * poll(2) answers it for the moment: POLLHUP on the reading end if there is no writer, POLLERR on
 * the writing end if there is no reader. If there still is somebody, the reaper's epoll is asked to
 * tell: both conditions are always reported, whatever events were asked for (epoll_ctl(2)).
 *
 * The stream that uses the end must not be held by the reaper or by the cleaner, or it could never be
 * collected; both hold this object, which does not know the stream.
 */
final class PipeEnd<C extends Channel> {
  /** Told by the reaper when nobody has the other end any more, or when the child has ended. */
  interface Listener {
    /** Looks whether the end can be given back, or asks to be told when. Never throws. */
    void otherEndMayBeGone();
  }

  /** struct pollfd { int fd; short events; short revents; } (asm-generic/poll.h). */
  private static final int POLLFD = 8;

  private static final short POLLERR = 8;
  private static final short POLLHUP = 16;

  private final int fd;
  private final C channel;
  private long watchKey;

  PipeEnd(int fd, C channel) {
    this.fd = fd;
    this.channel = channel;
  }

  int fd() {
    return fd;
  }

  C channel() {
    return channel;
  }

  /** Closes the end when the stream that uses it is no longer reachable. */
  Cleaner.Cleanable closeWhenUnreachable(Object stream) throws IOException {
    return JdkChannels.whenUnreachable(stream, this::close);
  }

  /** Has nobody the other end any more? */
  boolean isOtherEndGone() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pollfd = arena.allocate(POLLFD, 4);
      pollfd.set(JAVA_INT, 0, fd);
      CallResult result;
      do {
        result = Linux.poll(pollfd, 1, 0);
      } while (result.failed() && result.errno() == Errno.EINTR);
      result.orThrow("poll(%d)", fd);
      return (pollfd.get(JAVA_SHORT, 6) & (POLLERR | POLLHUP)) != 0;
    }
  }

  /** Asks the reaper to tell, once, when nobody has the other end any more. */
  synchronized void tellWhenOtherEndIsGone(Listener listener) throws IOException {
    if (watchKey == 0 && channel.isOpen()) {
      watchKey = Reaper.running().watch(fd, listener);
    }
  }

  synchronized void close() throws IOException {
    if (watchKey != 0) {
      Reaper.running().forget(watchKey);
      watchKey = 0;
    }
    channel.close();
  }
}
