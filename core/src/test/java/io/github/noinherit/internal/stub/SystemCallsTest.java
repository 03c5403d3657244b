// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.linux.Syscall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many system calls in one downcall: each gets its arguments, and a failure stops none. */
@Tag("aarch64")
@Tag("every-jdk")
final class SystemCallsTest {
  private static final int EBADF = 9;
  private static final int ENOENT = 2;
  private static final int AT_FDCWD = -100;

  private static int add(SystemCalls calls, Syscall call, long... a) {
    long[] all = java.util.Arrays.copyOf(a, 5);
    return calls.add(call.number(Platform.current()), all[0], all[1], all[2], all[3], all[4]);
  }

  @Test
  void eachGetsItsArgumentsAndThoseBehindAFailureAreMade() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment link = arena.allocateFrom("/proc/self/exe");
      MemorySegment nothing = arena.allocateFrom("/no/such/file");
      MemorySegment to = arena.allocate(256);
      MemorySegment statx = arena.allocate(256, 8);
      SystemCalls calls = new SystemCalls(arena, 5);
      int close = add(calls, Syscall.CLOSE, -7);
      int open = add(calls, Syscall.OPENAT, AT_FDCWD, nothing.address(), 0, 0);
      int read = add(calls, Syscall.READLINKAT, AT_FDCWD, link.address(), to.address(), 256);
      int status = add(calls, Syscall.STATX, AT_FDCWD, link.address(), 0, 0x7ff, statx.address());
      int pid = add(calls, Syscall.GETPID);
      assertFalse(calls.hasRoom());
      calls.make();
      assertEquals(-EBADF, calls.result(close));
      assertEquals(-ENOENT, calls.result(open));
      String exe = to.asSlice(0, calls.result(read)).toString();
      assertFalse(exe.isEmpty());
      assertEquals(ProcessHandle.current().pid(), calls.result(pid));
      assertEquals(0, calls.result(status));
      // the fifth argument arrived: st_mode of struct statx, a regular file
      assertEquals(0100000, statx.get(java.lang.foreign.ValueLayout.JAVA_SHORT, 28) & 0170000);
    }
  }

  @Test
  void noneManyAndAgain() {
    try (Arena arena = Arena.ofConfined()) {
      SystemCalls calls = new SystemCalls(arena, 1000);
      calls.make();
      for (int round = 0; round < 3; round++) {
        calls.clear();
        for (int i = 0; i < 1000; i++) {
          assertTrue(calls.hasRoom());
          add(calls, i % 2 == 0 ? Syscall.GETPID : Syscall.CLOSE, -1);
        }
        calls.make();
        for (int i = 0; i < 1000; i++) {
          assertEquals(i % 2 == 0 ? ProcessHandle.current().pid() : -EBADF, calls.result(i));
        }
      }
    }
  }
}
