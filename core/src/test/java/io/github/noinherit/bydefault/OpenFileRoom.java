// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.RawFlags;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * This process, until this is closed, can open so many descriptors more and no other. Descriptors
 * that are close-on-exec fill the gaps below, and RLIMIT_NOFILE is set just above.
 *
 * <p>A start of ProcessBuilder that fails as its first pipe fails makes JDK 25 close a number that
 * an earlier start had, whatever has it now (strace of 25.0.3: {@code pipe2() = -1 EMFILE}, {@code
 * close(20) = 0}). That number was free when the gaps were filled, so it is one of ours.
 */
final class OpenFileRoom implements AutoCloseable {
  /** bits/resource.h. */
  private static final int RLIMIT_NOFILE = 7;

  private static final Linker LINKER = Linker.nativeLinker();

  // int getrlimit(int resource, struct rlimit *rlim);
  private static final MethodHandle getrlimit = handle("getrlimit");
  // int setrlimit(int resource, const struct rlimit *rlim);
  private static final MethodHandle setrlimit = handle("setrlimit");

  private final List<Integer> fillers = new ArrayList<>();
  private final long usual;

  OpenFileRoom(int room) throws Throwable {
    int highest = 0;
    for (int number : DescriptorTable.ofThisProcess().numbers()) {
      highest = Math.max(highest, number);
    }
    int next;
    while ((next = RawFlags.dup(0, 3, true)) < highest) {
      fillers.add(next);
    }
    RawFlags.close(next);
    usual = limit(-1);
    limit(next + room);
  }

  private static MethodHandle handle(String name) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
  }

  /** Sets the soft limit if it is not negative; what it was. */
  private static long limit(long soft) throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rlimit = arena.allocate(JAVA_LONG, 2);
      int got = (int) getrlimit.invokeExact(RLIMIT_NOFILE, rlimit);
      long was = rlimit.get(JAVA_LONG, 0);
      int set = 0;
      if (soft >= 0) {
        rlimit.set(JAVA_LONG, 0, soft);
        set = (int) setrlimit.invokeExact(RLIMIT_NOFILE, rlimit);
      }
      if (got != 0 || set != 0) {
        throw new IllegalStateException("getrlimit: " + got + ", setrlimit: " + set);
      }
      return was;
    }
  }

  @Override
  public void close() {
    try {
      limit(usual);
    } catch (Throwable t) {
      throw new IllegalStateException("the limit is not what it was", t);
    }
    fillers.stream().filter(RawFlags::isOpen).forEach(RawFlags::close);
  }
}
