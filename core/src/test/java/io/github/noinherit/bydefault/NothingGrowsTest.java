// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.DescriptorTable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Installing and removing again and again leaves nothing more each time: no descriptor, no thread,
 * no mapping, no memory of malloc.
 *
 * <p>How this works: after some rounds to warm up, the same many rounds are measured several times,
 * in a JVM that interprets. Its own threads allocate too, so the least growth of all counts: what
 * leaks grows in each.
 */
@Tag("unprotected")
final class NothingGrowsTest {
  private static final int ROUNDS = 30;

  /** Malloc gives no less than this. */
  private static final long SMALLEST = 32;

  /** What this process has. */
  private record Had(int descriptors, int threads, int mappings, long malloc) {
    static Had now() throws IOException {
      return new Had(
          DescriptorTable.ofThisProcess().numbers().size(),
          entries(Path.of("/proc/self/task")),
          Files.readAllLines(Path.of("/proc/self/maps")).size(),
          inUse());
    }

    private static int entries(Path folder) throws IOException {
      try (var entries = Files.list(folder)) {
        return (int) entries.count();
      }
    }
  }

  // struct mallinfo2 mallinfo2(void);   (glibc 2.33) ten size_t; uordblks, in use, is the eighth
  private static final MethodHandle mallinfo2 =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("mallinfo2"),
              FunctionDescriptor.of(
                  MemoryLayout.structLayout(MemoryLayout.sequenceLayout(10, JAVA_LONG))));

  private static long inUse() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info =
          (MemorySegment) mallinfo2.invokeExact((java.lang.foreign.SegmentAllocator) arena);
      return info.getAtIndex(JAVA_LONG, 7);
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  static void rounds() throws Exception {
    LibraryMemory before = LibraryMemory.take();
    again(ROUNDS);
    long malloc = Long.MAX_VALUE;
    int mappings = Integer.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      Had was = Had.now();
      again(ROUNDS);
      Had is = Had.now();
      assertEquals(was.descriptors(), is.descriptors());
      assertTrue(is.threads() <= was.threads(), was + " " + is);
      malloc = Math.min(malloc, is.malloc() - was.malloc());
      mappings = Math.min(mappings, is.mappings() - was.mappings());
    }
    assertTrue(malloc < ROUNDS * SMALLEST, "malloc grew by " + malloc);
    assertTrue(mappings <= 0, "mappings grew by " + mappings);
    assertEquals(List.of(), before.changes());
    assertFalse(Scenario.isOn());
  }

  /** Interpreted: a compiler allocates as it likes. */
  private static void run(String name) throws Exception {
    String said = Scenario.jvm(NothingGrowsTest.class, name).flags("-Xint").run().outOrThrow();
    assertEquals("done\n", said);
  }

  private static void again(int rounds) throws IOException {
    for (int i = 0; i < rounds; i++) {
      NoInherit.byDefault().remove();
    }
  }

  @Test
  void installingAndRemovingLeavesNothingMore() throws Exception {
    run("rounds");
  }

  static void owners() throws Exception {
    var first = NoInherit.byDefault();
    again(10 * ROUNDS);
    long malloc = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      Had was = Had.now();
      again(10 * ROUNDS);
      Had is = Had.now();
      assertEquals(was.descriptors(), is.descriptors());
      malloc = Math.min(malloc, is.malloc() - was.malloc());
    }
    assertTrue(malloc < 10 * ROUNDS * SMALLEST, "malloc grew by " + malloc);
    first.remove();
    assertFalse(Scenario.isOn());
  }

  @Test
  void ownersThatComeAndGoLeaveNothingMore() throws Exception {
    run("owners");
  }
}
