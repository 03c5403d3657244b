// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.ExecutableMemory;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/*
 * Machine code of the tests, to call hooks with and to be called by hooks.
 *
 *   CALL CHECKED     calls a function with six arguments and returns its result, or BAD if it does
 *                    not leave every callee-saved register as it was
 *   COUNT AND CALL   adds one to a word in memory and jumps to a function
 *   RETURN NUMBER    returns a number, whatever it is called with
 *   MISALIGNMENT     returns 100 + (the stack pointer at the call, modulo 16): 100 if the caller
 *                    keeps the stack aligned, as both ABIs demand
 */
final class Probes {
  private static final long BAD = 0x0bad_0bad_0bad_0badL;

  private static final MemorySegment CHECKED =
      installed(choose(X86Probes.CALL_CHECKED, Aarch64Probes.CALL_CHECKED));

  private Probes() {}

  /** Calls machine code, and fails if it does not preserve the registers that it must. */
  static CallResult call(MemorySegment code, long... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment six = arena.allocate(JAVA_LONG, 6);
      for (int i = 0; i < arguments.length; i++) {
        six.setAtIndex(JAVA_LONG, i, arguments[i]);
      }
      CallResult result = Native.call(CHECKED, code.address(), six.address());
      assertNotEquals(BAD, result.value(), "a callee-saved register was not preserved");
      return result;
    }
  }

  /** The address of a function that counts its calls in a word and then is another function. */
  static long counting(MemorySegment counter, long function) {
    return installed(
            choose(X86Probes.COUNT_AND_CALL, Aarch64Probes.COUNT_AND_CALL),
            counter.address(),
            function)
        .address();
  }

  /** The address of a function that returns a number and does nothing. */
  static long returning(long number) {
    return installed(choose(X86Probes.RETURN_NUMBER, Aarch64Probes.RETURN_NUMBER), number)
        .address();
  }

  /** What {@link #misalignment} returns if all is well. */
  static final int ALIGNED = 100;

  /** The address of a function that returns how its caller aligned the stack. */
  static long misalignment() {
    return installed(choose(X86Probes.MISALIGNMENT, Aarch64Probes.MISALIGNMENT)).address();
  }

  private static String choose(String x86, String aarch64) {
    return switch (Platform.current()) {
      case LINUX_X86_64 -> x86;
      case LINUX_AARCH64 -> aarch64;
      case OTHER -> throw new UnsupportedOperationException("no probes for this machine");
    };
  }

  private static MemorySegment installed(String hex, long... literals) {
    byte[] code = HexFormat.of().parseHex(hex);
    ByteBuffer pool = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN);
    pool.position(code.length - literals.length * Long.BYTES);
    for (long literal : literals) {
      pool.putLong(literal);
    }
    return install(code);
  }

  /** Machine code, installed for the rest of the process. */
  static MemorySegment install(byte[] code) {
    try {
      return ExecutableMemory.install(code);
    } catch (SystemCallException e) {
      throw new AssertionError("this machine lets no memory become executable", e);
    }
  }
}
