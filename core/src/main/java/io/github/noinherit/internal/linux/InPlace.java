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
 *     close_range(3, ~0, CLOSE_RANGE_CLOEXEC)     all that is open goes at the exec
 *     fcntl(n, F_SETFD, 0)                        but these, one call for each
 *     execve(program, argv, envp)
 *
 * From the first fcntl until execve has ended all other threads, what is to go on is inheritable for
 * everybody. Between two of these calls there is no Java, so nothing of the JVM's (a collection, a
 * class to be loaded) can come in between.
 */
public final class InPlace {
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
   * Makes this process another program. The calling thread's signal mask is empty if it returns.
   *
   * @param kept the descriptors above 2 that go on
   * @return why it is still this program; the flags of all descriptors are set then, but some of
   *     those kept
   * @throws SystemCallException if the machine does not let memory become executable
   */
  public static SystemCallException exec(
      byte[] program, List<byte[]> arguments, List<byte[]> environment, int[] kept)
      throws SystemCallException {
    MemorySegment closeRange = close_range;
    if (closeRange == null) {
      throw new UnsupportedOperationException(objection());
    }
    try (Arena arena = Arena.ofConfined()) {
      Calls calls = new Calls(arena, kept.length + OTHER_CALLS);
      calls.add(sigprocmask, SIG_SETMASK, arena.allocate(SIGSET, 8).address(), 0);
      calls.add(closeRange, FIRST_AFTER_STANDARD, LAST_DESCRIPTOR, CLOSE_RANGE_CLOEXEC);
      for (int fd : kept) {
        calls.add(fcntl, fd, Posix.F_SETFD, 0);
      }
      calls.add(
          execve,
          CStrings.allocate(arena, program).address(),
          CStrings.allocateArray(arena, arguments).address(),
          CStrings.allocateArray(arena, environment).address());
      CallResult made = calls.make();
      return failure((int) made.value(), made.errno(), program, kept);
    }
  }

  private static SystemCallException failure(int failed, int errno, byte[] program, int[] kept) {
    if (failed == 0) {
      return new SystemCallException("sigprocmask(SIG_SETMASK, {}, NULL)", errno);
    }
    if (failed == 1) {
      return new SystemCallException("close_range(3, ~0, CLOSE_RANGE_CLOEXEC)", errno);
    }
    if (failed < kept.length + 2) {
      return new SystemCallException("fcntl(" + kept[failed - 2] + ", F_SETFD, 0)", errno);
    }
    return new SystemCallException(
        "execve(\"" + new String(program, StandardCharsets.UTF_8) + "\")", errno, remedy(errno));
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
