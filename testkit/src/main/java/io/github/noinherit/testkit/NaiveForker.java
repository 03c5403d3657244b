// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Starts children the way careless native code in a JVM does: a C-level {@code posix_spawn} with no
 * file actions and no attributes. Such a child gets every descriptor that is not close-on-exec.
 */
public final class NaiveForker {
  private NaiveForker() {}

  /** Starts a child and returns its pid. Whoever forks must {@link #await}. */
  public static long fork(Path program, String... arguments) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = arena.allocateFrom(program.toString());
      MemorySegment argv = arena.allocate(ADDRESS, arguments.length + 2L);
      argv.setAtIndex(ADDRESS, 0, path);
      for (int i = 0; i < arguments.length; i++) {
        argv.setAtIndex(ADDRESS, i + 1L, arena.allocateFrom(arguments[i]));
      }
      MemorySegment pid = arena.allocate(JAVA_INT);
      int error = Libc.posix_spawn(pid, path, argv, Libc.environ());
      if (error != 0) {
        throw new IOException("posix_spawn(\"" + program + "\"): errno " + error);
      }
      return pid.get(JAVA_INT, 0);
    }
  }

  /** Waits for a child and reaps it: its exit status, or 128 + n if signal n ended it. */
  public static int await(long pid) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(JAVA_INT);
      Libc.Result result;
      do {
        result = Libc.waitpid((int) pid, status, 0);
      } while (result.failed() && result.errno() == Libc.EINTR);
      if (result.failed()) {
        throw new IOException("waitpid(" + pid + "): errno " + result.errno());
      }
      return exitStatus(status.get(JAVA_INT, 0));
    }
  }

  /** WIFSIGNALED, WTERMSIG and WEXITSTATUS of bits/waitstatus.h. */
  static int exitStatus(int waitStatus) {
    int signal = waitStatus & 0x7f;
    return signal == 0 ? waitStatus >> 8 & 0xff : 128 + signal;
  }

  /** Ends a child that is still running; it still has to be awaited. */
  public static void kill(long pid) {
    Libc.Result result = Libc.kill((int) pid, Libc.SIGKILL);
    if (result.failed() && result.errno() != Libc.ESRCH) {
      throw new IllegalStateException("kill(" + pid + "): errno " + result.errno());
    }
  }

  /** Forks and awaits. */
  public static int run(Path program, String... arguments) throws IOException {
    return await(fork(program, arguments));
  }

  /**
   * Forks at full speed, one child after the other on a thread of its own, until closed. Closing
   * waits for the last child, so none is left behind, and throws what went wrong on the thread.
   */
  public static final class Hammer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Thread thread;
    private final AtomicLong children = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicInteger lastFailure = new AtomicInteger();
    private final AtomicLong running = new AtomicLong();
    private final AtomicReference<Throwable> broken = new AtomicReference<>();
    private volatile boolean stop;

    private Hammer(Path program, String... arguments) {
      thread =
          Thread.ofPlatform()
              .name("naive-forker")
              .daemon()
              .unstarted(() -> work(program, arguments));
    }

    /** Starts hammering with this program. */
    public static Hammer start(Path program, String... arguments) {
      Hammer hammer = new Hammer(program, arguments.clone());
      hammer.thread.start();
      return hammer;
    }

    private void work(Path program, String[] arguments) {
      try {
        while (!stop) {
          long pid = fork(program, arguments);
          running.set(pid);
          int status = await(pid);
          running.set(0);
          children.incrementAndGet();
          if (status != 0) {
            lastFailure.set(status);
            failures.incrementAndGet();
          }
        }
      } catch (Throwable t) {
        broken.set(t);
      }
    }

    /** How many children have ended so far. */
    public long children() {
      return children.get();
    }

    /** How many of them with a status other than 0; with {@code --quick} that is a leak. */
    public long failures() {
      return failures.get();
    }

    /** The status of the latest that was not 0, or 0. */
    public int lastFailure() {
      return lastFailure.get();
    }

    /** Waits until at least so many children have ended. */
    public void awaitChildren(long count) throws InterruptedException {
      while (children.get() < count && thread.isAlive()) {
        Thread.sleep(1);
      }
      if (children.get() < count) {
        throw new IllegalStateException("the naive forker ended", broken.get());
      }
    }

    @Override
    public void close() {
      stop = true;
      boolean interrupted = false;
      boolean hung = false;
      while (thread.isAlive()) {
        try {
          if (!thread.join(PATIENCE)) {
            hung = true;
            long pid = running.get();
            if (pid != 0) {
              kill(pid);
            }
          }
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      if (broken.get() != null) {
        throw new IllegalStateException("the naive forker broke", broken.get());
      }
      if (hung) {
        throw new IllegalStateException("a naive child did not end within " + PATIENCE);
      }
    }
  }
}
