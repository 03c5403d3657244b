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
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/*
 * One thread that waits for all children. A pidfd becomes readable when its process ends
 * (pidfd_open(2)); epoll waits for any number of them. It also waits until nobody has the other end
 * of a pipe to a child that has ended (PipeEnd). The thread and its epoll descriptor are made at the
 * first start and stay; the thread is a daemon.
 *
 * A pidfd is taken out of the epoll set before it is closed: closing alone does not do that as long as
 * another process has a copy (epoll(7), question 6), and foreign code may have forked; it would be
 * reported for ever. The end of a pipe is reported once at most, so it is just closed: an event that
 * comes all the same finds nothing under its key.
 *
 * When the JVM exits, HotSpot waits up to 300 ms for every Java thread that is in native code, which
 * this one nearly always is (VM_Exit::wait_for_threads_in_native_to_block). So a shutdown hook wakes
 * it, and from then on it comes back from epoll_wait after 10 ms at most. It goes on working: other
 * hooks may still wait for children.
 *
 * Nothing that goes wrong with one child may end the thread, or all others would be waited for in
 * vain: it is handed to the thread's uncaught exception handler.
 */
final class Reaper {
  private static final int BATCH = 64;
  private static final long STACK = 256 * 1024;

  /** A key under which nothing is watched. */
  private static final long NOTHING = 0;

  private static final int FOR_GOOD = -1;
  private static final int MILLIS_WHILE_EXITING = 10;
  private static final long TRACED_PAUSE_NANOS = 10_000_000;

  private static final class Holder {
    static final Reaper INSTANCE = new Reaper();
  }

  /** What an event is about. */
  private sealed interface Watched {}

  private record Ending(Child child) implements Watched {}

  private record HangUp(WeakReference<PipeEnd.Listener> listener) implements Watched {}

  private final Map<Long, Watched> watched = new ConcurrentHashMap<>();
  private final AtomicLong keys = new AtomicLong();
  private volatile int patience = FOR_GOOD;
  private int epfd = -1;
  private @Nullable Thread thread;

  private Reaper() {}

  /** The reaper, running. */
  static Reaper running() throws IOException {
    Reaper reaper = Holder.INSTANCE;
    reaper.ensureRunning();
    return reaper;
  }

  private synchronized void ensureRunning() throws IOException {
    if (thread != null) {
      return;
    }
    int fd =
        epfd >= 0
            ? epfd
            : AboveStandard.move(
                Linux.epoll_create1(Linux.EPOLL_CLOEXEC).orThrow("epoll_create1(EPOLL_CLOEXEC)"));
    epfd = fd; // kept if there is no thread to be had now
    Thread t =
        Thread.ofPlatform()
            .name("noinherit-reaper")
            .daemon()
            .stackSize(STACK)
            .inheritInheritableThreadLocals(false)
            .unstarted(() -> run(fd));
    t.setContextClassLoader(null);
    t.start();
    thread = t;
    wakeAtExit(fd);
  }

  private void wakeAtExit(int epfd) {
    Thread hook =
        Thread.ofPlatform()
            .name("noinherit-exit")
            .inheritInheritableThreadLocals(false)
            .unstarted(() -> wake(epfd));
    hook.setContextClassLoader(null);
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) { // the JVM is exiting already
      wake(epfd);
    }
  }

  /** If no descriptor is to be had for this, the exit takes 300 ms longer; it is no failure. */
  private void wake(int epfd) {
    patience = MILLIS_WHILE_EXITING;
    CallResult readable = Linux.eventfd(1, Linux.EFD_CLOEXEC);
    if (!readable.failed()) {
      try (Arena arena = Arena.ofConfined()) {
        int once = Linux.EPOLLIN | Linux.EPOLLONESHOT;
        MemorySegment event = EpollEvent.allocate(arena, once, NOTHING);
        Linux.epoll_ctl(epfd, Linux.EPOLL_CTL_ADD, readable.intValue(), event);
      }
    }
  }

  /** Watches a child from now on. */
  void watch(Child child) throws IOException {
    add(child.pidfd(), Linux.EPOLLIN, new Ending(child));
  }

  /**
   * Tells, once, when nobody has the other end of a pipe; the listener is not kept from garbage.
   */
  long watch(int pipeEnd, PipeEnd.Listener listener) throws IOException {
    return add(pipeEnd, Linux.EPOLLONESHOT, new HangUp(new WeakReference<>(listener)));
  }

  private long add(int fd, int events, Watched what) throws IOException {
    long key = keys.incrementAndGet();
    watched.put(key, what);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment event = EpollEvent.allocate(arena, events, key);
      Linux.epoll_ctl(epfd, Linux.EPOLL_CTL_ADD, fd, event)
          .orThrow("epoll_ctl(%d, EPOLL_CTL_ADD, %d)", epfd, fd);
      return key;
    } catch (IOException | RuntimeException | Error e) {
      watched.remove(key);
      throw e;
    }
  }

  /** Forgets the end of a pipe. Its one event, should it come, finds nothing. */
  void forget(long key) {
    watched.remove(key);
  }

  /** Forgets a child; called before its pidfd is closed. */
  private void forgetChild(long key, int pidfd) throws IOException {
    watched.remove(key);
    Linux.epoll_ctl(epfd, Linux.EPOLL_CTL_DEL, pidfd, MemorySegment.NULL)
        .orThrow("epoll_ctl(%d, EPOLL_CTL_DEL, %d)", epfd, pidfd);
  }

  private void run(int epfd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment events = arena.allocate((long) EpollEvent.size(Platform.current()) * BATCH, 8);
      while (true) {
        CallResult ready = Linux.epoll_wait(epfd, events, BATCH, patience);
        if (ready.failed() && ready.errno() != Errno.EINTR) {
          throw new IllegalStateException("epoll_wait: " + Errno.describe(ready.errno()));
        }
        for (int i = 0; i < ready.intValue(); i++) {
          try {
            happened(EpollEvent.data(events, i));
          } catch (Throwable e) {
            Thread current = Thread.currentThread();
            current.getUncaughtExceptionHandler().uncaughtException(current, e);
          }
        }
      }
    }
  }

  private void happened(long key) {
    switch (watched.get(key)) {
      case Ending(Child child) when child.ended(fd -> forgetChild(key, fd)) -> {
        // forgotten
      }
      case HangUp(WeakReference<PipeEnd.Listener> listener) -> {
        watched.remove(key);
        PipeEnd.Listener l = listener.get();
        if (l != null) {
          l.otherEndMayBeGone();
        }
      }
      // its tracer (ptrace(2)) has not let go of it: reported again and again until it does
      case Ending(Child child) -> LockSupport.parkNanos(TRACED_PAUSE_NANOS);
      case null -> {
        // closed meanwhile
      }
    }
  }
}
