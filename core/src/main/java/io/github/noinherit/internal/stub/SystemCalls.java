// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Many system calls in one downcall: Stub, SYSTEM CALLS. They are made one after the other, and one
 * that fails does not stop those behind it.
 *
 * <p>The calls are written into a Java array and copied as a whole, as the interpreter takes long
 * for each access to native memory.
 *
 * <p>Where memory may not become executable each call is a downcall of its own, by syscall(2): the
 * same results, slower.
 */
public final class SystemCalls {
  private static final int WORDS = 8;
  private static final int MOST_ARGUMENTS = 5;
  private static final int RESULT = 7;

  // long syscall(long number, ...);
  private static final MemorySegment syscall = Native.symbol("syscall");

  private static @Nullable MemorySegment stub;
  private static boolean isRefused;

  private final MemorySegment memory;
  private final long[] words;
  private int count;

  /** Room for so many calls, in an arena's memory. */
  public SystemCalls(Arena arena, int most) {
    memory = arena.allocate((long) Math.max(most, 1) * WORDS * Long.BYTES, Long.BYTES);
    words = new long[most * WORDS];
  }

  /** How many calls have been added since the last {@link #clear}. */
  public int count() {
    return count;
  }

  /** Is there room for another call? */
  public boolean hasRoom() {
    return count * WORDS < words.length;
  }

  /** Begins anew. */
  public void clear() {
    count = 0;
  }

  /** Adds a call with up to five arguments; returns its place. */
  public int add(long number, long a0, long a1, long a2, long a3, long a4) {
    int at = count * WORDS;
    words[at] = number;
    words[at + 1] = a0;
    words[at + 2] = a1;
    words[at + 3] = a2;
    words[at + 4] = a3;
    words[at + 5] = a4;
    return count++;
  }

  /** Makes all calls that were added. */
  public void make() {
    MemorySegment routine = stub();
    if (routine == null) {
      for (int at = 0; at < count * WORDS; at += WORDS) {
        words[at + RESULT] = alone(Arrays.copyOfRange(words, at, at + 1 + MOST_ARGUMENTS));
      }
      return;
    }
    MemorySegment.copy(words, 0, memory, JAVA_LONG, 0, count * WORDS);
    Native.call(routine, memory.address(), count);
    MemorySegment.copy(memory, JAVA_LONG, 0, words, 0, count * WORDS);
  }

  private static long alone(long[] w) {
    CallResult made = Native.call(syscall, w[0], w[1], w[2], w[3], w[4], w[5]);
    return made.value() == -1 ? -made.errno() : made.value();
  }

  /** What a call returned: its value, or its errno made negative. */
  public long result(int place) {
    return words[place * WORDS + RESULT];
  }

  private static synchronized @Nullable MemorySegment stub() {
    if (stub == null && !isRefused) {
      try {
        stub = Stub.install(Stub.systemCalls(Platform.current()));
      } catch (SystemCallException e) {
        isRefused = true; // no failure: the other way does the same, and check tells the reason
      }
    }
    return stub;
  }
}
