// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.jdk.JdkText;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.linux.Syscall;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.spawn.ChildSpec.ResourceLimit;
import io.github.noinherit.internal.spawn.Surroundings.Identity;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/*
 * The steps of a child that are not about descriptors; CloneExecutor has the whole list.
 *
 * First, before anything that can take long or fail for reasons of the program's:
 *   1. openat, write, close          into its cgroup, where it was not born there (clone)
 *   2. setpgid or setsid             its group
 *   3. readlinkat, sendto, close     it registers with the guardian; /proc/self is its pid in decimal,
 *                                    so it needs no code to write numbers
 *   4. umask                         before it creates redirect files
 * Last, when no privilege is needed any more:
 *   5. prlimit
 *   6. setgroups, setresgid, setresuid
 *   7. prctl(PR_SET_NO_NEW_PRIVS)
 */
final class SurroundingSteps {
  /** The kind, a blank, room for a pid, and the end of the line. */
  private static final int LINE = 16;

  private SurroundingSteps() {}

  /**
   * Steps 1 to 4.
   *
   * @param next the number that the next descriptor to be opened will have, which is that of the
   *     guardian's socket if there is one
   * @param isBornElsewhere must it go into its cgroup by itself?
   * @return the index of the step by which it registers; -1 if it does not
   */
  static int first(
      StepList steps, Arena arena, Surroundings wanted, int next, boolean isBornElsewhere)
      throws IOException {
    Path cgroup = wanted.cgroup();
    if (cgroup != null && isBornElsewhere) {
      join(steps, arena, cgroup, next);
    }
    switch (wanted.group()) {
      case PARENTS -> {
        // stays where it is
      }
      case OWN -> steps.add("setpgid(0, 0)", Syscall.SETPGID, 0, 0);
      case OWN_SESSION -> steps.add("setsid()", Syscall.SETSID);
    }
    Registration registration = wanted.registration();
    int registers = registration == null ? -1 : register(steps, arena, registration, next);
    Integer umask = wanted.umask();
    if (umask != null) {
      steps.add("umask(0" + Integer.toOctalString(umask) + ")", Syscall.UMASK, umask);
    }
    return registers;
  }

  private static void join(StepList steps, Arena arena, Path cgroup, int next) throws IOException {
    Path procs = cgroup.resolve("cgroup.procs");
    MemorySegment self = arena.allocateFrom("0");
    steps.add(
        "open(\"" + procs + "\", O_WRONLY)",
        Syscall.OPENAT,
        Linux.AT_FDCWD,
        CStrings.allocate(arena, JdkText.path(procs)).address(),
        Posix.O_WRONLY | Posix.O_CLOEXEC,
        0);
    steps.add("write(\"" + procs + "\", \"0\")", Syscall.WRITE, next, self.address(), 1);
    steps.add("close(" + next + ")", Syscall.CLOSE, next);
  }

  private static int register(StepList steps, Arena arena, Registration registration, int socket) {
    MemorySegment line = arena.allocate(LINE);
    byte[] blank = new byte[LINE];
    Arrays.fill(blank, (byte) ' ');
    blank[0] = (byte) registration.kind().letter();
    blank[LINE - 1] = '\n';
    MemorySegment.copy(blank, 0, line, JAVA_BYTE, 0, LINE);
    steps.add(
        "readlink(\"/proc/self\")",
        Syscall.READLINKAT,
        Linux.AT_FDCWD,
        arena.allocateFrom("/proc/self", StandardCharsets.US_ASCII).address(),
        line.address() + 2,
        LINE - 3L);
    int index = steps.steps().size();
    steps.add(
        "send to the guardian",
        Syscall.SENDTO,
        socket,
        line.address(),
        LINE,
        Posix.MSG_DONTWAIT | Posix.MSG_NOSIGNAL,
        0,
        0);
    // whoever holds it keeps the guardian from seeing the parent's end
    steps.add("close(" + socket + ")", Syscall.CLOSE, socket);
    return index;
  }

  /** Steps 5 to 7. */
  static void last(StepList steps, Arena arena, Surroundings wanted) {
    wanted
        .limits()
        .forEach(
            (resource, limit) -> limit(steps, arena, resource.name(), resource.number(), limit));
    Identity identity = wanted.identity();
    if (identity != null) {
      become(steps, arena, identity);
    }
    if (wanted.noNewPrivileges()) {
      steps.add(
          "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)",
          Syscall.PRCTL,
          Linux.PR_SET_NO_NEW_PRIVS,
          1,
          0,
          0,
          0);
    }
  }

  /** One limit; also that of open files. */
  static void limit(StepList steps, Arena arena, String name, int number, ResourceLimit limit) {
    MemorySegment rlimit = arena.allocate(JAVA_LONG, 2);
    rlimit.setAtIndex(JAVA_LONG, 0, limit.soft());
    rlimit.setAtIndex(JAVA_LONG, 1, limit.hard());
    steps.add(
        "prlimit(0, RLIMIT_" + name + ", {" + limit.soft() + ", " + limit.hard() + "})",
        Syscall.PRLIMIT64,
        0,
        number,
        rlimit.address(),
        0);
  }

  /** The groups first: without the user's privileges they could not be set. */
  private static void become(StepList steps, Arena arena, Identity identity) {
    int[] groups = identity.groups();
    MemorySegment list = arena.allocate(JAVA_INT, Math.max(1, groups.length));
    MemorySegment.copy(groups, 0, list, JAVA_INT, 0, groups.length);
    steps.add(
        "setgroups(" + Arrays.toString(groups) + ")",
        Syscall.SETGROUPS,
        groups.length,
        list.address());
    int gid = identity.gid();
    steps.add("setresgid(" + gid + ", …)", Syscall.SETRESGID, gid, gid, gid);
    int uid = identity.uid();
    steps.add("setresuid(" + uid + ", …)", Syscall.SETRESUID, uid, uid, uid);
  }
}
