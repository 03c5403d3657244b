// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.util.Map;

/**
 * Numbers of the Linux system calls that the testkit names: arch/x86/entry/syscalls/
 * syscall_64.tbl, and scripts/syscall.tbl (before 6.11 asm-generic/unistd.h) for aarch64.
 */
final class Syscalls {
  /** What a seccomp filter sees as this machine: AUDIT_ARCH_* of linux/audit.h. */
  private enum Architecture {
    X86_64(0xc000003e),
    AARCH64(0xc00000b7);

    final int audit;

    Architecture(int audit) {
      this.audit = audit;
    }
  }

  private record Numbers(int x86, int arm) {}

  private static final Map<String, Numbers> NUMBERS =
      Map.ofEntries(
          Map.entry("clone", new Numbers(56, 220)),
          Map.entry("clone3", new Numbers(435, 435)),
          Map.entry("close_range", new Numbers(436, 436)),
          Map.entry("execve", new Numbers(59, 221)),
          Map.entry("getpid", new Numbers(39, 172)),
          Map.entry("ioctl", new Numbers(16, 29)),
          Map.entry("kcmp", new Numbers(312, 272)),
          Map.entry("pidfd_getfd", new Numbers(438, 438)),
          Map.entry("pidfd_open", new Numbers(434, 434)),
          Map.entry("prctl", new Numbers(157, 167)),
          Map.entry("seccomp", new Numbers(317, 277)),
          Map.entry("sendmsg", new Numbers(46, 211)),
          Map.entry("recvmsg", new Numbers(47, 212)),
          Map.entry("dup3", new Numbers(292, 24)),
          Map.entry("unshare", new Numbers(272, 97)));

  private Syscalls() {}

  static int number(String name) {
    Numbers numbers = NUMBERS.get(name);
    if (numbers == null) {
      throw new IllegalArgumentException("not in the testkit's table of system calls: " + name);
    }
    return switch (architecture()) {
      case X86_64 -> numbers.x86();
      case AARCH64 -> numbers.arm();
    };
  }

  static int auditArchitecture() {
    return architecture().audit;
  }

  private static Architecture architecture() {
    String name = System.getProperty("os.arch");
    return switch (name) {
      case "amd64" -> Architecture.X86_64;
      case "aarch64" -> Architecture.AARCH64;
      default ->
          throw new UnsupportedOperationException("the testkit knows x86-64 and aarch64: " + name);
    };
  }
}
