// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.linux.Syscall;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.stub.Stub;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A list that could write its parent's descriptor table, or run past its end, is refused. */
class StepListTest {
  private static StepList unshared() {
    return new StepList()
        .add("unshare", Syscall.CLOSE_RANGE, 3, 0xffff_ffffL, Linux.CLOSE_RANGE_UNSHARE);
  }

  private static StepList withExec(StepList steps) {
    return steps.add("execve", Syscall.EXECVE, 1, 2, 3);
  }

  private static void refused(String why, StepList steps) {
    IllegalStateException e = assertThrows(IllegalStateException.class, steps::check);
    assertTrue(String.valueOf(e.getMessage()).contains(why), e.getMessage());
    try (Arena arena = Arena.ofConfined()) {
      assertThrows(
          IllegalStateException.class, () -> steps.write(arena, Platform.current()), "not checked");
    }
  }

  @Test
  void theShortestListIsUnshareAndExec() {
    withExec(unshared()).check();
  }

  @Test
  void aListMayEndWithExit() {
    unshared().add("exit_group(0)", Syscall.EXIT_GROUP, 0).check();
  }

  @Test
  void anEmptyListIsRefused() {
    refused("a descriptor table of its own", new StepList());
  }

  @Test
  void everyCallBeforeTheUnshareIsRefused() {
    for (Syscall call : Syscall.values()) {
      StepList steps = new StepList().add("early " + call, call, 3, 4, 5);
      steps.add("unshare", Syscall.CLOSE_RANGE, 3, 9, Linux.CLOSE_RANGE_UNSHARE);
      refused("early " + call, withExec(steps));
    }
  }

  @Test
  void closeRangeWithoutTheFlagIsNoUnshare() {
    refused("plain", withExec(new StepList().add("plain", Syscall.CLOSE_RANGE, 3, 9, 0)));
    refused("short", withExec(new StepList().add("short", Syscall.CLOSE_RANGE, 3, 9)));
  }

  @Test
  void anErrorOfTheUnshareMayNotBePassedOver() {
    StepList steps =
        new StepList()
            .addPassingOver(
                "unshare",
                List.of(Errno.ENOENT),
                Syscall.CLOSE_RANGE,
                3,
                9,
                Linux.CLOSE_RANGE_UNSHARE);
    refused("no error may be passed over", withExec(steps));
  }

  @Test
  void aSecondUnshareIsRefused() {
    StepList steps = unshared();
    steps.add("again", Syscall.CLOSE_RANGE, 3, 9, Linux.CLOSE_RANGE_UNSHARE);
    refused("again", withExec(steps));
  }

  @Test
  void runningPastTheEndIsRefused() {
    refused("must end with", unshared());
    refused("must end with", unshared().add("chdir", Syscall.CHDIR, 1));
    refused(
        "must end with",
        unshared().addPassingOver("execve", List.of(Errno.ENOENT), Syscall.EXECVE, 1, 2, 3));
    refused(
        "must end with",
        unshared().addPassingOver("exit", List.of(Errno.ENOENT), Syscall.EXIT_GROUP, 0));
  }

  @Test
  void onlyErrorsThatFitTheStubCanBePassedOver() {
    for (int errno : new int[] {0, -1, 128, 4095}) {
      StepList steps = unshared();
      steps.addPassingOver("chdir", List.of(errno), Syscall.CHDIR, 1);
      refused("cannot be passed over", withExec(steps));
    }
  }

  @Test
  void aSystemCallHasAtMostSixArguments() {
    assertThrows(
        IllegalArgumentException.class,
        () -> unshared().add("seven", Syscall.CHDIR, 1, 2, 3, 4, 5, 6, 7));
  }

  @Test
  void aStepIsWrittenInTheStubsLayout() {
    try (Arena arena = Arena.ofConfined()) {
      StepList steps = unshared();
      steps.addPassingOver(
          "chdir", List.of(Errno.ENOENT, 64, 127), Syscall.CHDIR, 0x1122334455667788L);
      MemorySegment memory = withExec(steps).write(arena, Platform.current());
      assertEquals(3L * Stub.STEP_SIZE, memory.byteSize());
      MemorySegment second = memory.asSlice(Stub.STEP_SIZE, Stub.STEP_SIZE);
      assertEquals(Syscall.CHDIR.number(Platform.current()), second.get(JAVA_LONG, 0));
      assertEquals(0x1122334455667788L, second.get(JAVA_LONG, Stub.STEP_ARGUMENTS));
      assertEquals(0, second.get(JAVA_LONG, Stub.STEP_ARGUMENTS + 8));
      assertEquals(1L << Errno.ENOENT, second.get(JAVA_LONG, Stub.STEP_PASS_OVER));
      assertEquals(1L | (1L << 63), second.get(JAVA_LONG, Stub.STEP_PASS_OVER + 8));
    }
  }
}
