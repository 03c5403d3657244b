// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import org.jspecify.annotations.Nullable;

/**
 * C functions of up to three integers or addresses, called one after the other in one downcall:
 * Stub, CALLS.
 */
public final class Calls {
  private static final int WORDS = 5;
  private static final int ARGUMENTS = 3;
  private static final int RESULT = 4;

  private static @Nullable MemorySegment stub;

  private final MemorySegment memory;
  private final LongBuffer words;
  private int count;

  /** Room for so many calls, in an arena's memory. */
  public Calls(Arena arena, int most) {
    memory = arena.allocate((long) Math.max(most, 1) * WORDS * Long.BYTES, Long.BYTES);
    words = memory.asByteBuffer().order(ByteOrder.nativeOrder()).asLongBuffer();
  }

  /** Adds a call. */
  public void add(MemorySegment function, long... arguments) {
    if (arguments.length > ARGUMENTS) {
      throw new IllegalArgumentException(arguments.length + " arguments");
    }
    words.put(count * WORDS, function.address());
    words.put(count * WORDS + 1, arguments);
    count++;
  }

  /**
   * Makes the calls, until one returns an int of -1. That is the lower half of the result: of a
   * function that returns a pointer, one that ends in eight f would be taken for it.
   *
   * @return how many were made well, and errno as the last one left it
   * @throws SystemCallException if the machine does not let memory become executable
   */
  public CallResult make() throws SystemCallException {
    CallResult left = Native.call(stub(), memory.address(), count);
    return new CallResult(count - left.value(), left.errno());
  }

  /** What the calls returned, in their order; 0 for those that were not made. */
  public long[] results() {
    long[] results = new long[count];
    for (int i = 0; i < count; i++) {
      results[i] = words.get(i * WORDS + RESULT);
    }
    return results;
  }

  private static synchronized MemorySegment stub() throws SystemCallException {
    if (stub == null) {
      stub = Stub.install(Stub.calls(Platform.current()));
    }
    return stub;
  }
}
