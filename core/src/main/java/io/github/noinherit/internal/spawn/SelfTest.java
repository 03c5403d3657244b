// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.handle.Mailbox;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.linux.Syscall;
import io.github.noinherit.internal.posix.HandleMessage;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.stub.Stub;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/*
 * Whether a birth does here what CloneExecutor relies on, seen and not assumed. An emulator may turn
 * CLONE_VM into a fork, a filter may refuse the call, and kernels before 6.10.7, 6.6.48 and 6.1.107
 * garble the numbers of a table that close_range has just copied (CVE-2024-45025).
 *
 * First a child that could do no harm whatever happens: it asks for a table of its own without naming
 * a descriptor that exists, and closes one that was opened for it. Afterwards
 *   - its memory must have been ours: the step's result is there;
 *   - its table must not have been ours: the descriptor is still open here.
 * Only then one that begins as every child does, and that receives so many descriptors that they go
 * past the mailbox's number, where the garbled ones would be:
 *   - they must have arrived at the very numbers that CloneExecutor expects.
 * (With a mailbox at 252 or more they do not fit into one message, and end below it. A garbled table
 * then fails each start that it touches, as its steps are fatal; no child gets a wrong descriptor.)
 */
final class SelfTest {
  private static final long UNTOUCHED = 0x5e1f7e57L;
  private static final long NO_DESCRIPTOR = 0x7fff_fff0L;
  private static final long LAST_DESCRIPTOR = 0xffff_ffffL;

  private SelfTest() {}

  /**
   * Why a birth cannot be used, or null.
   *
   * @throws IOException if a call failed; whether that speaks against the birth, or is a shortage
   *     of the moment, is for the caller to say
   */
  static @Nullable String objection(CloneExecutor executor) throws IOException {
    Mailbox mailbox = Mailboxes.take();
    try (Arena arena = Arena.ofConfined()) {
      int victim =
          Linux.eventfd(0, Linux.EFD_CLOEXEC).orThrow("eventfd(0, EFD_CLOEXEC), for a self test");
      try {
        String objection = memoryAndTable(executor, arena, victim);
        return objection != null ? objection : numbers(executor, arena, mailbox, victim);
      } finally {
        Children.close(victim);
      }
    } finally {
      mailbox.discard();
      Mailboxes.give(mailbox);
    }
  }

  private static @Nullable String memoryAndTable(CloneExecutor executor, Arena arena, int victim)
      throws IOException {
    StepList steps = new StepList();
    steps.add(
        "close_range(none, CLOSE_RANGE_UNSHARE)",
        Syscall.CLOSE_RANGE,
        NO_DESCRIPTOR,
        LAST_DESCRIPTOR,
        Linux.CLOSE_RANGE_UNSHARE);
    steps.add("close", Syscall.CLOSE, victim);
    MemorySegment list = run(executor, arena, steps);
    CallResult stillOpen = Posix.fcntl(victim, Posix.F_GETFD, 0);
    if (result(list, 1) == UNTOUCHED) {
      return "the child does not share memory with its parent (an emulator?)";
    }
    return stillOpen.failed() ? "close_range(CLOSE_RANGE_UNSHARE) does not unshare" : null;
  }

  private static @Nullable String numbers(
      CloneExecutor executor, Arena arena, Mailbox mailbox, int victim) throws IOException {
    // past the mailbox, if one message and the child's limit have room for so many
    long most = Math.min(HandleMessage.MOST, OpenFileLimit.current() - 1);
    int[] message = new int[(int) Math.min(mailbox.receiver() + 2, most)];
    Arrays.fill(message, victim);
    mailbox.send(message);
    StepList steps = new StepList();
    CloneExecutor.begin(steps, mailbox);
    MemorySegment room = CloneExecutor.receive(steps, arena, mailbox, List.of(message)).getFirst();
    run(executor, arena, steps);
    int[] expected = new int[message.length];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = CloneExecutor.arrival(i, mailbox.receiver());
    }
    int[] arrived = HandleMessage.received(room, message.length);
    return Arrays.equals(arrived, expected)
        ? null
        : "descriptors arrive at other numbers than the lowest free ones (CVE-2024-45025?): "
            + Arrays.toString(arrived);
  }

  private static MemorySegment run(CloneExecutor executor, Arena arena, StepList steps)
      throws IOException {
    steps.add("exit_group(0)", Syscall.EXIT_GROUP, 0);
    MemorySegment list = steps.write(arena, Platform.current());
    for (int i = 0; i < steps.steps().size(); i++) {
      list.set(JAVA_LONG, (long) i * Stub.STEP_SIZE + Stub.STEP_RESULT, UNTOUCHED);
    }
    CloneExecutor.Born born = executor.birth(Birthplace.PARENTS, arena, list);
    Children.reap(born.pidfd());
    Children.close(born.pidfd());
    if (born.failedStep() >= 0) {
      throw new SystemCallException(
          "in the child of a self test: " + steps.steps().get(born.failedStep()).words(),
          born.errno());
    }
    return list;
  }

  private static long result(MemorySegment list, int step) {
    return list.get(JAVA_LONG, (long) step * Stub.STEP_SIZE + Stub.STEP_RESULT);
  }
}
