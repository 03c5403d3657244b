// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.linux.Syscall;
import io.github.noinherit.internal.stub.Stub;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The stub writes results in decimal, of whatever length, and nothing beside the digits. The
 * results are those of dup3, which returns the number that it was asked for, and of umask.
 */
@Tag("every-way")
@Tag("aarch64")
class DecimalResultTest {
  private static final int ROOM = 32;
  private static final int MARGIN = 4;

  private final StepList steps = new StepList();
  private final List<String> wanted = new ArrayList<>();
  private final List<MemorySegment> rooms = new ArrayList<>();

  private void add(Arena arena, long result, Syscall call, long... arguments) {
    MemorySegment room = arena.allocate(ROOM).fill((byte) '#');
    rooms.add(room);
    wanted.add("#".repeat(MARGIN) + result + "#".repeat(ROOM - MARGIN - digits(result)));
    steps.addWritingResult(call.name(), room.address() + MARGIN, call, arguments);
  }

  private static int digits(long number) {
    return Long.toString(number).length();
  }

  @Test
  void numbersOfEveryLength() throws Exception {
    Executor executor = Way.executor();
    assumeTrue(executor instanceof CloneExecutor, "children are started by posix_spawn here");
    int limit = (int) Math.min(OpenFileLimit.current(), 1_000_000);
    int source = Linux.eventfd(0, Linux.EFD_CLOEXEC).orThrow("eventfd");
    try (Arena arena = Arena.ofConfined()) {
      steps.add(
          "close_range",
          Syscall.CLOSE_RANGE,
          0x7fff_fff0L,
          0xffff_ffffL,
          Linux.CLOSE_RANGE_UNSHARE);
      steps.add("umask", Syscall.UMASK, 0);
      add(arena, 0, Syscall.UMASK, 7);
      add(arena, 7, Syscall.UMASK, 0);
      for (int number : new int[] {9, 10, 11, 99, 100, 101, 909, 1000, 9_999, 10_000, limit - 1}) {
        if (number < limit && number != source) {
          add(arena, number, Syscall.DUP3, source, number, 0);
        }
      }
      steps.add("exit_group", Syscall.EXIT_GROUP, 0);
      MemorySegment list = steps.write(arena, Platform.current());
      CloneExecutor.Born born = ((CloneExecutor) executor).birth(Birthplace.PARENTS, arena, list);
      Children.reap(born.pidfd());
      Children.close(born.pidfd());
      assertEquals(-1, born.failedStep(), "the step that failed");
      List<String> written = new ArrayList<>();
      for (MemorySegment room : rooms) {
        written.add(new String(room.toArray(JAVA_BYTE), StandardCharsets.US_ASCII));
      }
      assertEquals(wanted, written);
      assertEquals(20, Stub.MOST_DIGITS, Long.toUnsignedString(-1));
    } finally {
      Children.close(source);
    }
  }
}
