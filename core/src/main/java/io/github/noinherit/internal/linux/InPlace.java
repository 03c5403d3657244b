// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import static io.github.noinherit.internal.ffi.Native.call;
import static io.github.noinherit.internal.ffi.Native.find;
import static io.github.noinherit.internal.ffi.Native.symbol;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.stub.Calls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/*
 * execve with exactly some descriptors, as one downcall:
 *
 *     sigprocmask(SIG_SETMASK, {}, NULL)          exec keeps the calling thread's mask
 *     close_range(3, ~0, CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)
 *                                                 all that is open goes at the exec
 *     fcntl(n, F_SETFD, 0)                        but these, one call for each
 *     execve(program, argv, envp)
 *
 * With CLOSE_RANGE_UNSHARE the calling thread has a descriptor table of its own from then on, a copy:
 * what other threads open is not in it, and what other threads close is still there; and the flags
 * that are cleared in it nobody else sees. If execve fails, nothing has changed in the others' table,
 * and the calling thread must end without having opened anything.
 *
 * But the owner of a POSIX lock is the table (fs/locks.c in Linux), and locks on what is handed on
 * would end with the others' table. So it can be shared up to the exec. Then what is to go on is
 * inheritable for everybody from the first fcntl until execve has ended all other threads, and what
 * they open inheritable in that time goes on, too.
 *
 * Between two of these calls there is no Java, so nothing of the JVM's (a collection, a class to be
 * loaded) can come in between.
 */
public final class InPlace {
  /** close_range: in a table of the calling thread's own (linux/close_range.h). */
  private static final int CLOSE_RANGE_UNSHARE = 2;

  /** close_range: set the flag instead of closing; Linux 5.11 (linux/close_range.h). */
  private static final int CLOSE_RANGE_CLOEXEC = 4;

  private static final long LAST_DESCRIPTOR = 0xffff_ffffL;
  private static final int FIRST_AFTER_STANDARD = 3;
  private static final int SIG_SETMASK = 2;
  private static final int SIGSET = 128;
  private static final int OTHER_CALLS = 3;

  // int sigprocmask(int how, const sigset_t *set, sigset_t *old);
  private static final MemorySegment sigprocmask = symbol("sigprocmask");
  // int close_range(unsigned int first, unsigned int last, int flags);
  private static final @Nullable MemorySegment close_range = find("close_range");
  // int fcntl(int fd, int cmd, ... /* int arg */);
  private static final MemorySegment fcntl = symbol("fcntl");
  // int execve(const char *path, char *const argv[], char *const envp[]);
  private static final MemorySegment execve = symbol("execve");

  private InPlace() {}

  /** Why it cannot be done here, or null if it can. The last number there is names nothing. */
  public static @Nullable String objection() {
    if (close_range == null) {
      return "the C library has no close_range (glibc 2.34)";
    }
    CallResult tried = call(close_range, LAST_DESCRIPTOR, LAST_DESCRIPTOR, CLOSE_RANGE_CLOEXEC);
    return tried.failed()
        ? "close_range(…, CLOSE_RANGE_CLOEXEC): " + Errno.describe(tried.errno())
        : null;
  }

  /**
   * Makes this process another program. To be called by a thread that has no other use, which ends
   * at once if it returns: its signal mask is empty and its descriptor table may be its own.
   *
   * @param kept the descriptors above 2 that go on
   * @param isShared do the other threads keep the table in common with it, for the locks
   * @return why it is still this program, for {@link #failure}; if the table is shared the flags of
   *     all descriptors are set, but some of those kept
   * @throws SystemCallException if the machine does not let memory become executable
   */
  public static CallResult exec(
      byte[] program,
      List<byte[]> arguments,
      List<byte[]> environment,
      int[] kept,
      boolean isShared)
      throws SystemCallException {
    MemorySegment closeRange = close_range;
    if (closeRange == null) {
      throw new UnsupportedOperationException(objection());
    }
    try (Arena arena = Arena.ofConfined()) {
      Calls calls = new Calls(arena, kept.length + OTHER_CALLS);
      calls.add(sigprocmask, SIG_SETMASK, arena.allocate(SIGSET, 8).address(), 0);
      calls.add(closeRange, FIRST_AFTER_STANDARD, LAST_DESCRIPTOR, flags(isShared));
      for (int fd : kept) {
        calls.add(fcntl, fd, Posix.F_SETFD, 0);
      }
      calls.add(
          execve,
          CStrings.allocate(arena, program).address(),
          CStrings.allocateArray(arena, arguments).address(),
          CStrings.allocateArray(arena, environment).address());
      return calls.make();
    }
  }

  private static int flags(boolean isShared) {
    return isShared ? CLOSE_RANGE_CLOEXEC : CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC;
  }

  /** What {@link #exec} has returned, for people. */
  public static SystemCallException failure(
      CallResult made, byte[] program, int[] kept, boolean isShared) {
    int failed = (int) made.value();
    if (failed == 0) {
      return new SystemCallException("sigprocmask(SIG_SETMASK, {}, NULL)", made.errno());
    }
    if (failed == 1) {
      return new SystemCallException(
          "close_range(3, ~0, " + flags(isShared) + "), to make all close-on-exec", made.errno());
    }
    if (failed < kept.length + 2) {
      return new SystemCallException("fcntl(" + kept[failed - 2] + ", F_SETFD, 0)", made.errno());
    }
    return new SystemCallException(
        "execve(\"" + new String(program, StandardCharsets.UTF_8) + "\")",
        made.errno(),
        remedy(made.errno()));
  }

  private static String remedy(int errno) {
    return switch (errno) {
      case Errno.ETXTBSY -> "the program is being written: wait until its installation is through";
      case Errno.E2BIG ->
          "arguments and environment together are too large for this system (execve(2),"
              + " \"Limits on size of arguments and environment\")";
      case Errno.ENOEXEC -> "it is no program for this machine";
      default -> Errno.remedy(errno);
    };
  }
}
