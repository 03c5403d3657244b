// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Native;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many C calls in one: each gets its arguments, and the first that fails ends them. */
@Tag("aarch64")
@Tag("every-jdk")
final class CallsTest {
  private static final int EBADF = 9;

  @Test
  void eachGetsItsArgumentsAndKeepsItsResult() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom("a:b");
      Calls calls = new Calls(arena, 4);
      calls.add(Native.symbol("labs"), -(1L << 40));
      calls.add(Native.symbol("strchr"), text.address(), ':');
      calls.add(Native.symbol("strtol"), text.address(), 0, 16);
      calls.add(Native.symbol("getpid"));
      assertEquals(4, calls.make().value());
      long[] results = calls.results();
      assertEquals(1L << 40, results[0]);
      assertEquals(text.address() + 1, results[1]);
      assertEquals(0xa, results[2]);
      assertEquals(ProcessHandle.current().pid(), results[3]);
    }
  }

  @Test
  void theFirstThatFailsEndsThemAndItsErrnoIsKept() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      Calls calls = new Calls(arena, 3);
      calls.add(Native.symbol("abs"), -3);
      calls.add(Native.symbol("close"), -7);
      calls.add(Native.symbol("abs"), -5);
      CallResult made = calls.make();
      assertEquals(1, made.value());
      assertEquals(EBADF, made.errno());
      long[] results = calls.results();
      assertArrayEquals(
          new int[] {3, -1, 0}, new int[] {(int) results[0], (int) results[1], (int) results[2]});
    }
  }

  @Test
  void noneAndMany() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      assertEquals(0, new Calls(arena, 0).make().value());
      Calls many = new Calls(arena, 1000);
      for (int i = 0; i < 1000; i++) {
        many.add(Native.symbol("labs"), -i);
      }
      assertEquals(1000, many.make().value());
      for (int i = 0; i < 1000; i++) {
        assertEquals(i, many.results()[i]);
      }
      Calls calls = new Calls(arena, 1);
      MemorySegment abs = Native.symbol("abs");
      assertThrows(IllegalArgumentException.class, () -> calls.add(abs, 1, 2, 3, 4));
    }
  }
}
