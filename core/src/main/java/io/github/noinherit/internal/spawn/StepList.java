// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.linux.Syscall;
import io.github.noinherit.internal.stub.Stub;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/*
 * The system calls that a child makes between its birth and its exec, as data, in order.
 *
 * Until the child has a descriptor table of its own it shares its parent's, and a step that writes
 * the table would edit the parent's: close its sockets, overwrite its files. So a list is checked as
 * a whole before any of it is made:
 *
 *   1. The first step is close_range(…, CLOSE_RANGE_UNSHARE), and there is one only.
 *   2. No error of that step is passed over: if the table could not be unshared, the child ends.
 *   3. The list ends with an execve whose errors are not passed over, or with exit_group: a child
 *      must not run past its end.
 *
 * A step's errors are fatal to the child unless they are in its pass-over set. Errors above 127 are
 * always fatal.
 */
final class StepList {
  /** One system call. */
  record Step(
      Syscall call, List<Long> arguments, List<Integer> passOver, long decimal, String words) {
    /** Whose result is written nowhere but into the list. */
    Step(Syscall call, List<Long> arguments, List<Integer> passOver, String words) {
      this(call, arguments, passOver, 0, words);
    }

    Step {
      arguments = List.copyOf(arguments);
      passOver = List.copyOf(passOver);
      if (arguments.size() > 6) {
        throw new IllegalArgumentException("a system call has at most six arguments: " + words);
      }
    }

    private boolean isUnshare() {
      return call == Syscall.CLOSE_RANGE
          && arguments.size() == 3
          && arguments.get(2) == Linux.CLOSE_RANGE_UNSHARE;
    }
  }

  private final List<Step> steps = new ArrayList<>();

  /** Adds a step whose every error ends the child. */
  StepList add(String words, Syscall call, long... arguments) {
    return addPassingOver(words, List.of(), call, arguments);
  }

  /** Adds a step of which some errors are passed over. */
  StepList addPassingOver(String words, List<Integer> errors, Syscall call, long... arguments) {
    steps.add(new Step(call, listOf(arguments), errors, words));
    return this;
  }

  private static List<Long> listOf(long... arguments) {
    return LongStream.of(arguments).boxed().toList();
  }

  /**
   * Adds a step whose result is written in decimal, too.
   *
   * @param decimal the address of room for {@link Stub#MOST_DIGITS}, in memory that the child has
   */
  StepList addWritingResult(String words, long decimal, Syscall call, long... arguments) {
    steps.add(new Step(call, listOf(arguments), List.of(), decimal, words));
    return this;
  }

  List<Step> steps() {
    return List.copyOf(steps);
  }

  /**
   * Refuses a list that could write its parent's descriptor table or run past its end.
   *
   * @throws IllegalStateException naming the step
   */
  void check() {
    if (steps.isEmpty() || !steps.getFirst().isUnshare()) {
      throw new IllegalStateException(
          "the first step must give the child a descriptor table of its own, not "
              + (steps.isEmpty() ? "nothing" : steps.getFirst().words()));
    }
    if (!steps.getFirst().passOver().isEmpty()) {
      throw new IllegalStateException(
          "no error may be passed over before the table is the child's own: "
              + steps.getFirst().words());
    }
    Step last = steps.getLast();
    if (!(last.call() == Syscall.EXECVE || last.call() == Syscall.EXIT_GROUP)
        || !last.passOver().isEmpty()) {
      throw new IllegalStateException("the list must end with execve or exit_group: " + last);
    }
    for (Step step : steps.subList(1, steps.size())) {
      if (step.isUnshare()) {
        throw new IllegalStateException("a second table of its own: " + step.words());
      }
      for (int errno : step.passOver()) {
        if (errno < 1 || errno > 127) {
          throw new IllegalStateException("errno " + errno + " cannot be passed over: " + step);
        }
      }
    }
  }

  /** The checked list in the stub's layout. */
  MemorySegment write(SegmentAllocator allocator, Platform platform) {
    check();
    MemorySegment memory = allocator.allocate((long) Stub.STEP_SIZE * steps.size(), 8);
    for (int i = 0; i < steps.size(); i++) {
      write(memory.asSlice((long) i * Stub.STEP_SIZE, Stub.STEP_SIZE), steps.get(i), platform);
    }
    return memory;
  }

  /** One step in the stub's layout. */
  static void write(MemorySegment memory, Step step, Platform platform) {
    memory.set(JAVA_LONG, 0, step.call().number(platform));
    for (int i = 0; i < step.arguments().size(); i++) {
      memory.set(JAVA_LONG, Stub.STEP_ARGUMENTS + 8L * i, step.arguments().get(i));
    }
    memory.set(JAVA_LONG, Stub.STEP_DECIMAL, step.decimal());
    for (int errno : step.passOver()) {
      long word = Stub.STEP_PASS_OVER + (errno / 64) * 8L;
      memory.set(JAVA_LONG, word, memory.get(JAVA_LONG, word) | (1L << (errno % 64)));
    }
  }
}
