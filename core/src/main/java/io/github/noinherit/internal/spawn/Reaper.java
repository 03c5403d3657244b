// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.handle.AboveStandard;
import io.github.noinherit.internal.linux.EpollEvent;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.posix.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/*
 * One thread that waits for all children. A pidfd becomes readable when its process ends
 * (pidfd_open(2)); epoll waits for any number of them. The thread and its epoll descriptor are made
 * at the first start and stay; the thread is a daemon.
 */
final class Reaper {
  private static final int BATCH = 64;
  private static final long STACK = 256 * 1024;

  private static final class Holder {
    static final Reaper INSTANCE = new Reaper();
  }

  private final Map<Long, Child> children = new ConcurrentHashMap<>();
  private final AtomicLong keys = new AtomicLong();
  private int epfd = -1;

  private Reaper() {}

  /** The reaper, running. */
  static Reaper running() throws IOException {
    Reaper reaper = Holder.INSTANCE;
    reaper.ensureRunning();
    return reaper;
  }

  private synchronized void ensureRunning() throws IOException {
    if (epfd >= 0) {
      return;
    }
    int fd =
        AboveStandard.move(
            Linux.epoll_create1(Linux.EPOLL_CLOEXEC).orThrow("epoll_create1(EPOLL_CLOEXEC)"));
    try {
      Thread thread =
          Thread.ofPlatform()
              .name("noinherit-reaper")
              .daemon()
              .stackSize(STACK)
              .inheritInheritableThreadLocals(false)
              .unstarted(() -> run(fd));
      thread.setContextClassLoader(null);
      thread.start();
    } catch (Error | RuntimeException e) { // no more threads
      Children.close(fd);
      throw e;
    }
    epfd = fd;
  }

  /** Watches a child from now on. */
  void watch(Child child) throws IOException {
    long key = keys.incrementAndGet();
    children.put(key, child);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment event = EpollEvent.allocate(arena, Linux.EPOLLIN, key);
      Linux.epoll_ctl(epfd, Linux.EPOLL_CTL_ADD, child.pidfd(), event)
          .orThrow("epoll_ctl(%d, EPOLL_CTL_ADD, %d)", epfd, child.pidfd());
    } catch (IOException | RuntimeException e) {
      children.remove(key);
      throw e;
    }
  }

  private void run(int epfd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment events = arena.allocate((long) EpollEvent.size(Platform.current()) * BATCH, 8);
      while (true) {
        CallResult ready = Linux.epoll_wait(epfd, events, BATCH, -1);
        if (ready.failed() && ready.errno() != Errno.EINTR) {
          throw new IllegalStateException("epoll_wait: " + Errno.describe(ready.errno()));
        }
        for (int i = 0; i < ready.intValue(); i++) {
          long key = EpollEvent.data(events, i);
          Child child = children.get(key);
          // closing its pidfd, the only descriptor of it, takes it out of the epoll set
          if (child != null && child.ended()) {
            children.remove(key);
          }
        }
      }
    }
  }
}
