// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.handle.AboveStandard;
import io.github.noinherit.internal.handle.Mailbox;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.linux.Signals;
import io.github.noinherit.internal.linux.Syscall;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.HandleMessage;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.spawn.ChildSpec.Given;
import io.github.noinherit.internal.spawn.ChildSpec.Opened;
import io.github.noinherit.internal.stub.Stub;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/*
 * A child by clone3, or by clone where that is refused.
 *
 * The child shares the parent's memory (CLONE_VM; but see Birthplace), so its birth does not depend
 * on the size of the heap; the parent's thread sleeps until the child's exec (CLONE_VFORK); and it shares the parent's
 * descriptor table (CLONE_FILES) until its first step, so its birth does not depend on how many
 * descriptors are open either. What runs in the child is the stub (internal.stub.Stub) over a list of
 * system calls prepared here:
 *
 *   1. close_range(mailbox + 1, ~0, CLOSE_RANGE_UNSHARE)  a table of its own, with what is at most
 *                                                         the mailbox's number
 *   2. close_range(0, mailbox - 1)                        now the mailbox is all it has
 *   3. recvmsg                                            what is handed on arrives at the lowest
 *                                                         free numbers, so at numbers known here; a
 *                                                         look whether the last one is there
 *   4. its cgroup, group, registration, umask         SurroundingSteps; chdir
 *   5. openat                                             redirect files; the parent never has them
 *   6. dup3 and fcntl, as SpawnPlan says                  everything to where it belongs; all else
 *                                                         has the close-on-exec flag
 *   7. prlimit, setresuid, prctl                        SurroundingSteps again
 *      rt_sigaction (clone only), rt_sigprocmask        default actions, nothing blocked
 *   8. getpid                                             OwnPid, if it is to be in its environment;
 *      execve, once for each candidate
 *
 * Races:
 *   1. Another thread closes a handle that is being handed on: Mailbox.
 *   2. Another thread opens something meanwhile: it is above or below the mailbox in the shared
 *      table, and closed by steps 1 and 2 in the child's own.
 *   3. Another thread starts a child of its own, with or without us: no descriptor of ours is ever
 *      inheritable in the parent.
 *   4. A signal arrives: the parent's thread has all of them blocked across the birth, so no
 *      handler of the JVM can run in the child, whose memory and stack are the parent's.
 *   5. The child dies before exec, killed from outside: its exit status says so, as if it had died
 *      right after exec.
 */
final class CloneExecutor implements Executor {
  /** How the child is born. */
  enum Birth {
    CLONE3,
    CLONE
  }

  /** Flags of clone(2): include/uapi/linux/sched.h. */
  private static final long CLONE_VM = 0x100;

  private static final long CLONE_FILES = 0x400;
  private static final long CLONE_PIDFD = 0x1000;
  private static final long CLONE_VFORK = 0x4000;
  private static final long CLONE_CLEAR_SIGHAND = 0x1_0000_0000L;
  private static final long CLONE_INTO_CGROUP = 0x2_0000_0000L;

  /** struct clone_args, version 0 to 2 (linux/sched.h): 88 bytes. */
  private static final int CLONE_ARGS = 88;

  private static final int CLONE_ARGS_PIDFD = 8;
  private static final int CLONE_ARGS_EXIT_SIGNAL = 32;
  private static final int CLONE_ARGS_CGROUP = 80;

  private static final int SIG_SETMASK = 2;
  private static final int KERNEL_SIGSET = 8;
  private static final int KERNEL_SIGACTION = 32;
  private static final long LAST_DESCRIPTOR = 0xffff_ffffL;

  private final Birth birth;
  private final MemorySegment stub;

  /**
   * Children by this stub.
   *
   * @param stub the installed {@link Stub#spawn}
   */
  CloneExecutor(Birth birth, MemorySegment stub) {
    this.birth = birth;
    this.stub = stub;
  }

  @Override
  public Started start(ChildSpec spec) throws IOException {
    Pins pins = Pins.of(spec);
    Mailbox mailbox = Mailboxes.take();
    try (Arena arena = Arena.ofConfined();
        Birthplace place = Birthplace.of(spec.surroundings(), birth == Birth.CLONE3)) {
      Registration registration = spec.surroundings().registration();
      int[] numbers = pins.numbers();
      if (registration != null) {
        numbers = Arrays.copyOf(numbers, numbers.length + 1);
        numbers[numbers.length - 1] = registration.socket();
      }
      List<int[]> messages = chunks(numbers);
      for (int[] message : messages) {
        mailbox.send(message);
      }
      pins.verify();
      StepList steps = new StepList();
      begin(steps, mailbox);
      receive(steps, arena, mailbox, messages);
      int registers =
          SurroundingSteps.first(
              steps,
              arena,
              spec.surroundings(),
              arrival(pins.numbers().length, mailbox.receiver()),
              birth == Birth.CLONE);
      directory(steps, arena, spec);
      place(steps, arena, spec, pins, mailbox);
      SurroundingSteps.last(steps, arena, spec.surroundings());
      signals(steps, arena);
      int firstExec = execs(steps, arena, spec);
      return run(place, arena, steps, registers, firstExec, spec);
    } finally {
      // what a child that was killed too early has not taken out must not reach the next one
      mailbox.discard();
      Mailboxes.give(mailbox);
    }
  }

  private static List<int[]> chunks(int[] numbers) {
    List<int[]> chunks = new ArrayList<>();
    for (int at = 0; at < numbers.length; at += HandleMessage.MOST) {
      chunks.add(
          Arrays.copyOfRange(numbers, at, Math.min(numbers.length, at + HandleMessage.MOST)));
    }
    return chunks;
  }

  /** Steps 1 and 2: a table of its own, with nothing in it but the mailbox. */
  static void begin(StepList steps, Mailbox mailbox) {
    int box = mailbox.receiver();
    steps.add(
        "close_range(" + (box + 1) + ", ~0, CLOSE_RANGE_UNSHARE)",
        Syscall.CLOSE_RANGE,
        box + 1L,
        LAST_DESCRIPTOR,
        Linux.CLOSE_RANGE_UNSHARE);
    if (box > 0) {
      steps.add("close_range(0, " + (box - 1) + ", 0)", Syscall.CLOSE_RANGE, 0, box - 1L, 0);
    }
  }

  /**
   * Step 3. The kernel leaves out what a security module refuses, and goes on without an error
   * (unix(7), MSG_CTRUNC); what comes after would arrive at other numbers than those known here. So
   * after each message its last descriptor must be there.
   */
  static List<MemorySegment> receive(
      StepList steps, Arena arena, Mailbox mailbox, List<int[]> messages) {
    List<MemorySegment> rooms = new ArrayList<>();
    int arrived = 0;
    for (int[] message : messages) {
      MemorySegment room = HandleMessage.empty(arena, message.length);
      rooms.add(room);
      steps.add(
          "recvmsg(" + mailbox.receiver() + ", MSG_CMSG_CLOEXEC)",
          Syscall.RECVMSG,
          mailbox.receiver(),
          room.address(),
          Linux.MSG_CMSG_CLOEXEC | Posix.MSG_DONTWAIT);
      arrived += message.length;
      int last = arrival(arrived - 1, mailbox.receiver());
      steps.add(
          "fcntl(" + last + ", F_GETFD), the last of the handles received",
          Syscall.FCNTL,
          last,
          Posix.F_GETFD,
          0);
    }
    return rooms;
  }

  /**
   * Where the descriptor that arrives as the n-th will be, in a table that has only the mailbox.
   */
  static int arrival(int n, int mailbox) {
    return n < mailbox ? n : n + 1;
  }

  /** Step 4. */
  private static void directory(StepList steps, Arena arena, ChildSpec spec) {
    byte[] directory = spec.directory();
    if (directory != null) {
      steps.add(
          "chdir(\"" + new String(directory, StandardCharsets.UTF_8) + "\")",
          Syscall.CHDIR,
          CStrings.allocate(arena, directory).address());
    }
  }

  /** Steps 5 and 6, and the limit of open files, which must not be in the way of step 6. */
  private static void place(
      StepList steps, Arena arena, ChildSpec spec, Pins pins, Mailbox mailbox) {
    Map<Integer, Integer> sources = new HashMap<>();
    int n = 0;
    for (Given g : pins.given()) {
      int at = arrival(n++, mailbox.receiver());
      g.targets().forEach(target -> sources.put(target, at));
    }
    for (Given g : spec.given()) {
      if (g.source() instanceof Opened file) {
        steps.add(
            file.words(),
            Syscall.OPENAT,
            Linux.AT_FDCWD,
            CStrings.allocate(arena, file.path()).address(),
            file.flags() | Posix.O_CLOEXEC,
            file.mode());
        int at = arrival(n++, mailbox.receiver());
        g.targets().forEach(target -> sources.put(target, at));
      }
    }
    for (SpawnPlan.Move move : SpawnPlan.of(sources, Set.of(mailbox.receiver())).moves()) {
      switch (move) {
        case SpawnPlan.Dup(int from, int to) ->
            steps.add("dup3(" + from + ", " + to + ", 0)", Syscall.DUP3, from, to, 0);
        case SpawnPlan.PutAside(int from, int to) ->
            steps.add(
                "dup3(" + from + ", " + to + ", O_CLOEXEC)",
                Syscall.DUP3,
                from,
                to,
                Posix.O_CLOEXEC);
        case SpawnPlan.Keep(int number) ->
            steps.add("fcntl(" + number + ", F_SETFD, 0)", Syscall.FCNTL, number, Posix.F_SETFD, 0);
      }
    }
    ChildSpec.ResourceLimit limit = spec.openFiles();
    if (limit != null) {
      SurroundingSteps.limit(steps, arena, "NOFILE", Linux.RLIMIT_NOFILE, limit);
    }
  }

  /** Step 7. */
  private void signals(StepList steps, Arena arena) {
    if (birth == Birth.CLONE) {
      // each is set, also those that need no change now: a handler that another thread installs
      // before the birth must not run in the child, whose memory and stack are ours
      MemorySegment toDefault = arena.allocate(KERNEL_SIGACTION, 8);
      MemorySegment toIgnore = arena.allocate(KERNEL_SIGACTION, 8);
      toIgnore.set(JAVA_LONG, 0, Signals.SIG_IGN);
      Signals.forChild()
          .forEach(
              (signal, disposition) ->
                  steps.add(
                      "rt_sigaction(" + signal + ", " + disposition + ")",
                      Syscall.RT_SIGACTION,
                      signal,
                      switch (disposition) {
                        case DEFAULT -> toDefault.address();
                        case IGNORE -> toIgnore.address();
                      },
                      0,
                      KERNEL_SIGSET));
    }
    steps.add(
        "rt_sigprocmask(SIG_SETMASK, {})",
        Syscall.RT_SIGPROCMASK,
        SIG_SETMASK,
        arena.allocate(KERNEL_SIGSET, 8).address(),
        0,
        KERNEL_SIGSET);
  }

  /** Step 8. Returns the index of its first execve. */
  private static int execs(StepList steps, Arena arena, ChildSpec spec) {
    long arguments = CStrings.allocateArray(arena, spec.arguments()).address();
    MemorySegment variables = CStrings.allocateArray(arena, spec.environment());
    OwnPid.write(steps, spec.environment(), variables);
    long environment = variables.address();
    int first = steps.steps().size();
    int last = spec.candidates().size() - 1;
    for (int i = 0; i <= last; i++) {
      steps.addPassingOver(
          "execve",
          i < last ? ExecFailure.GO_ON : List.of(),
          Syscall.EXECVE,
          CStrings.allocate(arena, spec.candidates().get(i)).address(),
          arguments,
          environment);
    }
    return first;
  }

  private Started run(
      Birthplace place, Arena arena, StepList steps, int registers, int firstExec, ChildSpec spec)
      throws IOException {
    MemorySegment list = steps.write(place.memory(arena), Platform.current());
    Born born = birth(place, arena, list);
    if (born.failedStep() < 0) {
      return new Started(born.pid(), born.pidfd());
    }
    Registration registration = spec.surroundings().registration();
    if (registration != null) {
      registration.stillborn().of(born.pid());
    }
    Children.reap(born.pidfd());
    Children.close(born.pidfd());
    if (born.failedStep() < firstExec) {
      SystemCallException failure =
          new SystemCallException(
              "in the child that was to run \""
                  + spec.command()
                  + "\": "
                  + steps.steps().get(born.failedStep()).words(),
              born.errno());
      throw born.failedStep() == registers ? new NotRegistered(failure) : failure;
    }
    int candidate = born.failedStep() - firstExec;
    List<Integer> errors = new ArrayList<>();
    for (int i = firstExec; i <= born.failedStep(); i++) {
      errors.add((int) -list.get(JAVA_LONG, (long) i * Stub.STEP_SIZE + Stub.STEP_RESULT));
    }
    SystemCallException failure = ExecFailure.of(spec.command(), spec.candidates(), errors);
    if (born.errno() == Errno.ENOEXEC) {
      throw new ExecFormat(candidate, failure);
    }
    throw failure;
  }

  /**
   * What came of a birth.
   *
   * @param failedStep the index of the step that ended the child; -1 if none did
   */
  record Born(int pid, int pidfd, int failedStep, int errno) {}

  /** Makes the child and sleeps until it has exec'ed or ended. */
  Born birth(Birthplace place, Arena arena, MemorySegment list) throws IOException {
    MemorySegment report = place.memory(arena).allocate(Stub.REPORT_SIZE, 8);
    report.set(JAVA_LONG, Stub.REPORT_FULL_MASK, -1L);
    MemorySegment pidfd = arena.allocateFrom(JAVA_INT, -1);
    MemorySegment step = arena.allocate(Stub.STEP_SIZE, 8);
    StepList.write(step, birthStep(place, arena, pidfd), Platform.current());
    CallResult called = Native.call(stub, list.address(), report.address(), step.address());
    if (called.value() < 0) {
      int errno = (int) -called.value();
      throw new SystemCallException(
          birth == Birth.CLONE3
              ? "clone3(" + memory(place) + "CLONE_VFORK|…)"
              : "clone(" + memory(place) + "CLONE_VFORK|…)",
          errno,
          errno == Errno.EAGAIN ? NO_MORE_PROCESSES : Errno.remedy(errno));
    }
    int pid = (int) called.value();
    int error = (int) -report.get(JAVA_LONG, Stub.REPORT_ERROR);
    int failed =
        error == 0
            ? -1
            : (int) ((report.get(JAVA_LONG, Stub.REPORT_STEP) - list.address()) / Stub.STEP_SIZE);
    return new Born(pid, pidfdOf(pid, pidfd.get(JAVA_INT, 0)), failed, error);
  }

  /** Out of the way of the standard streams; kernels before 5.2 did not fill it in. */
  private static int pidfdOf(int pid, int filledIn) throws IOException {
    if (filledIn < 0) {
      return Children.open(pid);
    }
    try {
      return AboveStandard.move(filledIn);
    } catch (SystemCallException e) {
      Children.end(filledIn, e);
      throw e;
    }
  }

  private static String memory(Birthplace place) {
    return place.isInParentsMemory() ? "CLONE_VM|" : "";
  }

  private StepList.Step birthStep(Birthplace place, Arena arena, MemorySegment pidfd) {
    long flags = CLONE_VFORK | CLONE_FILES | CLONE_PIDFD;
    if (place.isInParentsMemory()) {
      flags |= CLONE_VM;
    }
    return switch (birth) {
      case CLONE3 -> {
        MemorySegment args = arena.allocate(CLONE_ARGS, 8);
        args.set(JAVA_LONG, 0, flags | CLONE_CLEAR_SIGHAND);
        if (place.cgroup() >= 0) {
          args.set(JAVA_LONG, 0, flags | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP);
          args.set(JAVA_LONG, CLONE_ARGS_CGROUP, place.cgroup());
        }
        args.set(JAVA_LONG, CLONE_ARGS_PIDFD, pidfd.address());
        args.set(JAVA_LONG, CLONE_ARGS_EXIT_SIGNAL, Signals.SIGCHLD);
        yield new StepList.Step(
            Syscall.CLONE3, List.of(args.address(), (long) CLONE_ARGS), List.of(), "clone3");
      }
      // the pidfd goes where CLONE_PARENT_SETTID would put the pid: clone(2), CLONE_PIDFD
      case CLONE ->
          new StepList.Step(
              Syscall.CLONE,
              List.of(flags | Signals.SIGCHLD, 0L, pidfd.address(), 0L, 0L),
              List.of(),
              "clone");
    };
  }
}
