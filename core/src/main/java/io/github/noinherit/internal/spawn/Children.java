// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.handle.AboveStandard;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.linux.Signals;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.Posix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;

/*
 * What is done with a child through its pidfd, which names this very process and never one that got
 * the same pid later: wait, ask for its exit status, signal.
 *
 * The exit status belongs to whoever waits first. If this process was started with SIGCHLD ignored,
 * the kernel throws it away (waitid(2) answers ECHILD); foreign code may have waited for any child.
 * Then PIDFD_GET_INFO still knows it, from Linux 6.15 on; before that it is lost.
 */
final class Children {
  /** Offsets in siginfo_t (asm-generic/siginfo.h). */
  private static final int SI_CODE = 8;

  private static final int SI_PID = 16;
  private static final int SI_STATUS = 24;
  private static final int SIGINFO = 128;

  /** Offset of exit_code in struct pidfd_info (linux/pidfd.h). */
  private static final int INFO_EXIT_CODE = 60;

  /** struct pollfd (asm-generic/poll.h): a pidfd is readable when its process has ended. */
  private static final int POLLFD = 8;

  private static final int POLLFD_EVENTS = 4;
  private static final short POLLIN = 1;

  /** In place of a pidfd: the child was gone before there could be one. */
  static final int GONE = -1;

  /** How long the kernel is asked for an exit status: 200 times half a millisecond. */
  private static final int TRIES = 200;

  private static final long PAUSE_NANOS = 500_000;

  private Children() {}

  /** How a child ended. */
  sealed interface Ending {}

  /**
   * The exit status as java.lang.Process gives it: that of exit(3), or 128 + the signal.
   *
   * @param signal the signal that ended it; 0 if it ended by itself
   */
  record Exited(int status, int signal) implements Ending {
    static Exited byItself(int status) {
      return new Exited(status, 0);
    }

    static Exited by(int signal) {
      return new Exited(128 + signal, signal);
    }
  }

  /** It has ended, and nobody can say how. */
  record Lost(String reason) implements Ending {}

  /** It runs. */
  record Running() implements Ending {}

  /** Waits for a child without blocking, and takes its exit status. */
  static Ending take(int pidfd) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(SIGINFO, 8);
      CallResult waited;
      do {
        waited = Posix.waitid(Linux.P_PIDFD, pidfd, info, Posix.WEXITED | Posix.WNOHANG);
      } while (waited.failed() && waited.errno() == Errno.EINTR);
      if (waited.failed() && waited.errno() == Errno.ECHILD) {
        return askKernel(arena, pidfd);
      }
      waited.orThrow("waitid(P_PIDFD, %d, WEXITED|WNOHANG)", pidfd);
      if (info.get(JAVA_INT, SI_PID) == 0) {
        return new Running();
      }
      int status = info.get(JAVA_INT, SI_STATUS);
      return info.get(JAVA_INT, SI_CODE) == Posix.CLD_EXITED
          ? Exited.byItself(status)
          : Exited.by(status);
    }
  }

  /** Is its exit status still there for whoever waits first, or the child still running? */
  static boolean isUnwaited(int pidfd) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(SIGINFO, 8);
      CallResult waited;
      do {
        waited =
            Posix.waitid(Linux.P_PIDFD, pidfd, info, Posix.WEXITED | Posix.WNOHANG | Posix.WNOWAIT);
      } while (waited.failed() && waited.errno() == Errno.EINTR);
      if (waited.failed() && waited.errno() != Errno.ECHILD) {
        waited.orThrow("waitid(P_PIDFD, %d, WEXITED|WNOHANG|WNOWAIT)", pidfd);
      }
      return !waited.failed();
    }
  }

  /**
   * A pidfd is readable a moment before the kernel has put the exit status aside (fs/pidfs.c), so
   * it is asked again for a while.
   */
  private static Ending askKernel(Arena arena, int pidfd) {
    MemorySegment info = arena.allocate(Linux.PIDFD_INFO_SIZE, 8);
    CallResult asked;
    boolean known;
    int tries = 0;
    do {
      if (tries > 0) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
      info.set(JAVA_LONG, 0, Linux.PIDFD_INFO_EXIT);
      asked = Linux.ioctl(pidfd, Linux.PIDFD_GET_INFO, info);
      known = !asked.failed() && (info.get(JAVA_LONG, 0) & Linux.PIDFD_INFO_EXIT) != 0;
    } while (!known && asked.errno() != Errno.ENOTTY && ++tries < TRIES);
    if (!known) {
      return new Lost(
          "somebody else waited for this child, or this process was started with SIGCHLD ignored;"
              + " ioctl(pidfd, PIDFD_GET_INFO), which knows exit statuses from Linux 6.15 on, says "
              + (asked.failed() ? Errno.describe(asked.errno()) : "nothing"));
    }
    int code = info.get(JAVA_INT, INFO_EXIT_CODE);
    int signal = code & 0x7f;
    return signal == 0 ? Exited.byItself((code >> 8) & 0xff) : Exited.by(signal);
  }

  /**
   * Waits for the end of a process, a child or not, without taking its exit status; a virtual
   * thread is parked.
   *
   * @return has it ended?
   */
  static boolean awaitEnd(int pidfd, long nanos) throws IOException {
    long end = System.nanoTime() + nanos;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment wanted = arena.allocate(POLLFD, 4);
      wanted.set(JAVA_INT, 0, pidfd);
      wanted.set(JAVA_SHORT, POLLFD_EVENTS, POLLIN);
      while (Linux.poll(wanted, 1, 0).orThrow("poll(%d, POLLIN, 0)", pidfd) == 0) {
        if (System.nanoTime() - end > 0) {
          return false;
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
      return true;
    }
  }

  /** Waits for a child that is ending; whatever its status was. */
  static void reap(int pidfd) throws IOException {
    waitFor(Linux.P_PIDFD, pidfd);
  }

  private static void waitFor(int idType, int id) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(SIGINFO, 8);
      CallResult waited;
      do {
        waited = Posix.waitid(idType, id, info, Posix.WEXITED);
      } while (waited.failed() && waited.errno() == Errno.EINTR);
      if (waited.failed() && waited.errno() != Errno.ECHILD) {
        waited.orThrow("waitid(%d, %d, WEXITED)", idType, id);
      }
    }
  }

  /**
   * A pidfd, above 2, for a child that was born without one.
   *
   * @return {@link #GONE} if it has ended already and somebody else has waited for it
   * @throws IOException if there is none to be had; the child is killed and waited for then
   */
  static int open(int pid) throws IOException {
    CallResult opened = Linux.pidfd_open(pid, 0);
    if (opened.failed()) {
      if (opened.errno() == Errno.ESRCH) {
        return GONE;
      }
      endByPid(pid);
    }
    int pidfd = opened.orThrow("pidfd_open(%d, 0)", pid);
    try {
      return AboveStandard.move(pidfd);
    } catch (SystemCallException e) {
      end(pidfd, e);
      throw e;
    }
  }

  /** Ends a child that must not go on, because of a failure, and leaves nothing of it. */
  static void end(int pidfd, Throwable why) {
    if (pidfd == GONE) {
      return;
    }
    try {
      signal(pidfd, Signals.SIGKILL);
      reap(pidfd);
      close(pidfd);
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  /** Without a pidfd: the pid is still the child's, as nobody has waited for it. */
  private static void endByPid(int pid) throws IOException {
    CallResult killed = Posix.kill(pid, Signals.SIGKILL);
    if (killed.failed() && killed.errno() != Errno.ESRCH) {
      killed.orThrow("kill(%d, SIGKILL)", pid);
    }
    waitFor(Posix.P_PID, pid);
  }

  /** Sends a signal. A child that has ended already is no failure. */
  static void signal(int pidfd, int signal) throws IOException {
    CallResult sent = Linux.pidfd_send_signal(pidfd, signal);
    if (sent.failed() && sent.errno() != Errno.ESRCH) {
      sent.orThrow("pidfd_send_signal(%d, %d)", pidfd, signal);
    }
  }

  /** Closes a descriptor that is ours. */
  static void close(int fd) throws IOException {
    CallResult closed = Posix.close(fd);
    if (closed.failed()) {
      throw new SystemCallException("close(" + fd + ")", closed.errno());
    }
  }
}
