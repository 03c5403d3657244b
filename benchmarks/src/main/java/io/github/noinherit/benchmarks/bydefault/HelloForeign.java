// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.benchmarks.bydefault;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * {@link Hello} that uses the foreign function API for one call, and with an argument for one
 * upcall too. The call is of the shape that noinherit uses: six longs, a long, errno.
 */
public final class HelloForeign {
  private static final long SENT = 5;

  private HelloForeign() {}

  /** Calls, and says hello. */
  public static void main(String[] args) throws Throwable {
    use(args.length > 0);
    System.out.println("hello");
  }

  /** One call, and one upcall if wished. */
  static void use(boolean isUpcall) throws Throwable {
    var l = JAVA_LONG;
    MethodHandle call =
        Linker.nativeLinker()
            .downcallHandle(
                FunctionDescriptor.of(l, l, l, l, l, l, l),
                Linker.Option.captureCallState("errno"));
    // pid_t getpid(void);
    MemorySegment getpid = Linker.nativeLinker().defaultLookup().find("getpid").orElseThrow();
    if (call(call, getpid, 0) <= 0) {
      throw new AssertionError("getpid");
    }
    if (isUpcall) {
      MethodHandle back =
          MethodHandles.lookup()
              .findStatic(
                  HelloForeign.class, "back", MethodType.methodType(long.class, long.class));
      MemorySegment stub =
          Linker.nativeLinker().upcallStub(back, FunctionDescriptor.of(l, l), Arena.global());
      if (call(call, stub, SENT) != SENT + 1) {
        throw new AssertionError("the upcall");
      }
    }
  }

  private static long call(MethodHandle handle, MemorySegment function, long argument)
      throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      return (long) handle.invokeExact(function, state, argument, 0L, 0L, 0L, 0L, 0L);
    }
  }

  static long back(long value) {
    return value + 1;
  }
}
