// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.noinherit.HandleClosedException;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.handle.Mailbox;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.FileStatus;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.posix.PosixSpawn;
import io.github.noinherit.internal.spawn.ChildSpec.Given;
import io.github.noinherit.internal.spawn.ChildSpec.Held;
import io.github.noinherit.internal.spawn.ChildSpec.Opened;
import java.io.File;
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
import java.util.TreeSet;

/*
 * A child by glibc's posix_spawn, where neither clone3 nor clone can be used, or machine code of ours
 * is not wanted. The child gets a copy of the whole descriptor table, so its birth costs the more
 * the more is open; then file actions put what is handed on in place and close all else. A signal
 * that the parent handles is default in the child, an ignored one stays ignored: glibc does that by
 * itself (sysdeps/unix/sysv/linux/spawni.c).
 *
 * Races:
 *   1. Another thread closes a handle that is being handed on. A child of posix_spawn takes
 *      descriptors by number, so a socket is given a second number that is ours: it is sent to a
 *      Mailbox, its holder looked at again, and received.
 *   2. Nothing else can be received here: closing a second number drops the POSIX locks that this
 *      process holds on the file, be it a regular one, a FIFO or a device. It goes by the holder's
 *      own number, and the holder is looked at again when the child runs. If it was closed meanwhile
 *      the child may have somebody else's file; it is killed, and the start fails. Such a child has
 *      run for a moment. (CloneExecutor does not have this race.)
 *   3. With SIGCHLD ignored, or foreign code that waits for every child, the child's pid may be
 *      gone, in theory even another's, before pidfd_open sees it.
 *
 * A handle under a high number costs a file action for each number below it that is to be closed.
 *
 * A process group or session of its own is an attribute of posix_spawn's. What it cannot do is refused:
 * limits, umask, identity, no new privileges, a cgroup (glibc has that from 2.39 on), and running
 * something before the exec, which registering with a guardian is. A child whose pid is to be in its
 * environment goes through a shell: OwnPid.
 */
final class PosixSpawnExecutor implements Executor {
  /** access(2): may be executed, written, read (unistd.h). */
  private static final int X_OK = 1;

  private static final int W_OK = 2;
  private static final int R_OK = 4;

  @Override
  public Started start(ChildSpec wanted) throws IOException {
    String objection = PosixSpawn.objection();
    if (objection != null) {
      throw new UnsupportedOperationException(objection);
    }
    refuseWhatItCannot(wanted);
    ChildSpec spec = OwnPid.throughShell(wanted);
    Pins pins = Pins.of(spec);
    List<Integer> received = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      int[] numbers = pin(pins, received);
      Started child = start(arena, spec, pins, numbers);
      try {
        pins.verify();
      } catch (IOException | RuntimeException e) {
        Children.end(child.pidfd(), e);
        throw e;
      }
      return child;
    } finally {
      for (int fd : received) {
        Children.close(fd);
      }
    }
  }

  private static void refuseWhatItCannot(ChildSpec spec) {
    Surroundings wanted = spec.surroundings();
    String what =
        spec.openFiles() != null
            ? "limit of open files"
            : !wanted.limits().isEmpty()
                ? "resource limits"
                : wanted.umask() != null
                    ? "umask"
                    : wanted.identity() != null
                        ? "user and groups"
                        : wanted.noNewPrivileges()
                            ? "no_new_privs attribute"
                            : wanted.cgroup() != null ? "control group" : null;
    if (what != null) {
      throw new UnsupportedOperationException(
          "posix_spawn cannot set a child's "
              + what
              + "; clone3 and clone can (see 'noinherit check')");
    }
  }

  private static int flags(Surroundings wanted) {
    return switch (wanted.group()) {
      case PARENTS -> 0;
      case OWN -> PosixSpawn.POSIX_SPAWN_SETPGROUP;
      case OWN_SESSION -> PosixSpawn.POSIX_SPAWN_SETSID;
    };
  }

  /** Race 1: a number of our own for each socket. */
  private static int[] pin(Pins pins, List<Integer> received) throws IOException {
    int[] numbers = pins.numbers().clone();
    try (Mailbox mailbox = new Mailbox()) {
      for (int i = 0; i < numbers.length; i++) {
        if (pins.given().get(i).source() instanceof Held) {
          mailbox.send(new int[] {numbers[i]});
          boolean isSocket = isSocket(pins, numbers[i]);
          pins.verify();
          if (isSocket) {
            numbers[i] = mailbox.receive(1)[0];
            received.add(numbers[i]);
          } else {
            mailbox.discard();
          }
        }
      }
    }
    return numbers;
  }

  private static boolean isSocket(Pins pins, int number) throws IOException {
    try {
      return FileStatus.of(number).isSocket();
    } catch (SystemCallException e) {
      pins.verify(); // closed meanwhile is the better news
      throw e;
    }
  }

  private static Started start(Arena arena, ChildSpec spec, Pins pins, int[] numbers)
      throws IOException {
    MemorySegment pid = arena.allocate(JAVA_INT);
    MemorySegment arguments = CStrings.allocateArray(arena, spec.arguments());
    MemorySegment environment = CStrings.allocateArray(arena, spec.environment());
    List<Integer> errors = new ArrayList<>();
    try (PosixSpawn.Actions actions = new PosixSpawn.Actions(arena)) {
      fill(actions, arena, spec, pins, numbers);
      for (byte[] candidate : spec.candidates()) {
        int error =
            actions.spawn(
                flags(spec.surroundings()),
                pid,
                CStrings.allocate(arena, candidate),
                arguments,
                environment);
        if (error == 0) {
          int number = PosixSpawn.pid(pid);
          return new Started(number, Children.open(number));
        }
        errors.add(error);
        if (!ExecFailure.GO_ON.contains(error)) {
          break;
        }
      }
    }
    pins.verify();
    if (errors.contains(Errno.EBADF)) {
      throw new HandleClosedException("a handle was closed while it was being handed on");
    }
    throw failure(arena, spec, errors);
  }

  private static void fill(
      PosixSpawn.Actions actions, Arena arena, ChildSpec spec, Pins pins, int[] numbers)
      throws IOException {
    byte[] directory = spec.directory();
    if (directory != null) {
      actions.chdir(CStrings.allocate(arena, directory));
    }
    Map<Integer, Integer> sources = new HashMap<>();
    Set<Integer> targets = new TreeSet<>();
    for (int i = 0; i < numbers.length; i++) {
      int number = numbers[i];
      pins.given().get(i).targets().forEach(target -> sources.put(target, number));
    }
    targets.addAll(sources.keySet());
    for (Given g : spec.given()) {
      targets.addAll(g.targets());
    }
    for (SpawnPlan.Move move : SpawnPlan.of(sources, targets).moves()) {
      switch (move) {
        case SpawnPlan.Dup(int from, int to) -> actions.dup2(from, to);
        case SpawnPlan.PutAside(int from, int to) -> actions.dup2(from, to);
        case SpawnPlan.Keep(int number) -> actions.dup2(number, number);
      }
    }
    for (Given g : spec.given()) {
      if (g.source() instanceof Opened file) {
        int first = g.targets().getFirst();
        actions.open(first, CStrings.allocate(arena, file.path()), file.flags(), file.mode());
        g.targets().stream().skip(1).forEach(target -> actions.dup2(first, target));
      }
    }
    int above = 0;
    for (int target : targets) {
      for (int hole = above; hole < target; hole++) {
        actions.close(hole);
      }
      above = target + 1;
    }
    if (above < OpenFileLimit.current()) { // glibc refuses a number that cannot be open
      actions.closeFrom(above);
    }
  }

  /** posix_spawn does not say what failed: the likeliest is looked for. */
  private static IOException failure(Arena arena, ChildSpec spec, List<Integer> errors) {
    int error = errors.getLast();
    if (error == Errno.EAGAIN) {
      return new SystemCallException(
          "posix_spawn, for \"" + spec.command() + '"', error, NO_MORE_PROCESSES);
    }
    byte[] directory = spec.directory();
    if (directory != null && accessError(arena, directory, X_OK) == error) {
      return new SystemCallException(
          "in the child that was to run \"" + spec.command() + "\": chdir to its directory", error);
    }
    for (Given g : spec.given()) {
      if (g.source() instanceof Opened file && openError(arena, file) == error) {
        return new SystemCallException(
            "in the child that was to run \"" + spec.command() + "\": " + file.words(), error);
      }
    }
    SystemCallException e = ExecFailure.of(spec.command(), spec.candidates(), errors);
    if (error == Errno.ENOEXEC) {
      return new ExecFormat(errors.size() - 1, e);
    }
    return e;
  }

  private static int openError(Arena arena, Opened file) {
    if ((file.flags() & (Posix.O_WRONLY | Posix.O_RDWR)) == 0) {
      return accessError(arena, file.path(), R_OK);
    }
    if (new File(new String(file.path(), StandardCharsets.UTF_8)).isDirectory()) {
      return Errno.EISDIR;
    }
    int there = accessError(arena, file.path(), W_OK);
    if (there != Errno.ENOENT) {
      return there;
    }
    int slash = file.path().length - 1;
    while (slash > 0 && file.path()[slash] != '/') {
      slash--;
    }
    return accessError(
        arena, slash <= 0 ? new byte[] {'/'} : Arrays.copyOf(file.path(), slash), W_OK);
  }

  private static int accessError(Arena arena, byte[] path, int how) {
    CallResult result = Linux.faccessat(CStrings.allocate(arena, path), how);
    return result.failed() ? result.errno() : 0;
  }
}
