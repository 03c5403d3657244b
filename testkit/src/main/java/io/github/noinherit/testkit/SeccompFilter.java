// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * A classic BPF program that answers system calls with an errno, and lets all others through.
 *
 * <p>For each rule: the number is compared; if the rule has flags, all of them must be set in the
 * call's first argument (clone's flags, on both architectures); if the rule spares libc, the
 * instruction pointer must be outside libc's code. A call made for another architecture kills the
 * process, so nothing slips by under another number.
 */
final class SeccompFilter {
  /** One instruction: struct sock_filter of linux/filter.h. */
  record Instruction(int code, int whenTrue, int whenFalse, int k) {}

  /** Addresses from (inclusive) to (exclusive). */
  record Range(long from, long to) {}

  // linux/bpf_common.h
  private static final int LD_W_ABS = 0x20;
  private static final int ALU_AND_K = 0x54;
  private static final int JMP_JEQ_K = 0x15;
  private static final int JMP_JGE_K = 0x35;
  private static final int RET_K = 0x06;

  // linux/seccomp.h: SECCOMP_RET_*, and offsets in struct seccomp_data (both machines are little
  // endian): nr 0, arch 4, instruction_pointer 8, args[0] 16
  private static final int RET_ALLOW = 0x7fff0000;
  private static final int RET_ERRNO = 0x00050000;
  private static final int RET_KILL_PROCESS = 0x80000000;
  private static final int NR = 0;
  private static final int ARCH = 4;
  private static final int IP_LOW = 8;
  private static final int IP_HIGH = 12;
  private static final int ARG0_LOW = 16;

  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int SECCOMP_SET_MODE_FILTER = 1;
  private static final int SECCOMP_FILTER_FLAG_TSYNC = 1;

  private SeccompFilter() {}

  /** The program for these rules; libc's code lies in these ranges. */
  static List<Instruction> program(List<SeccompJvm.Rule> rules, List<Range> libc) {
    List<Instruction> program = new ArrayList<>();
    program.add(new Instruction(LD_W_ABS, 0, 0, ARCH));
    program.add(new Instruction(JMP_JEQ_K, 1, 0, Syscalls.auditArchitecture()));
    program.add(new Instruction(RET_K, 0, 0, RET_KILL_PROCESS));
    for (SeccompJvm.Rule rule : rules) {
      List<Instruction> body = body(rule, libc);
      program.add(new Instruction(LD_W_ABS, 0, 0, NR));
      program.add(new Instruction(JMP_JEQ_K, 0, body.size(), Syscalls.number(rule.syscall())));
      program.addAll(body);
    }
    program.add(new Instruction(RET_K, 0, 0, RET_ALLOW));
    return program;
  }

  /** What follows once the number fits; falls off its end if the rule does not fit after all. */
  private static List<Instruction> body(SeccompJvm.Rule rule, List<Range> libc) {
    List<Instruction> body = new ArrayList<>();
    if (rule.flags() != 0) {
      // skipping: the JEQ's own successor is 0 away, the rest of the body is what is left
      int rest = 1 + (rule.sparesLibc() ? 6 * split(libc).size() : 0);
      body.add(new Instruction(LD_W_ABS, 0, 0, ARG0_LOW));
      body.add(new Instruction(ALU_AND_K, 0, 0, rule.flags()));
      body.add(new Instruction(JMP_JEQ_K, 0, rest, rule.flags()));
    }
    if (rule.sparesLibc()) {
      for (Range range : split(libc)) {
        // if (high == H && low >= from && low <= last) allow
        body.add(new Instruction(LD_W_ABS, 0, 0, IP_HIGH));
        body.add(new Instruction(JMP_JEQ_K, 0, 4, (int) (range.from() >>> 32)));
        body.add(new Instruction(LD_W_ABS, 0, 0, IP_LOW));
        body.add(new Instruction(JMP_JGE_K, 0, 2, (int) range.from()));
        body.add(new Instruction(JMP_JGE_K, 1, 0, (int) range.to()));
        body.add(new Instruction(RET_K, 0, 0, RET_ALLOW));
      }
    }
    body.add(new Instruction(RET_K, 0, 0, RET_ERRNO | rule.errno()));
    return body;
  }

  /** The same addresses in ranges whose upper 32 bits are all equal, the end's included. */
  static List<Range> split(List<Range> ranges) {
    List<Range> parts = new ArrayList<>();
    for (Range range : ranges) {
      long from = range.from();
      while (from >>> 32 != range.to() >>> 32) {
        long last = from | 0xffffffffL;
        parts.add(new Range(from, last));
        from = last + 1;
      }
      if (from != range.to()) {
        parts.add(new Range(from, range.to()));
      }
    }
    return parts;
  }

  /** Installs it for every thread of this process, present and future, and its children. */
  static void install(List<Instruction> program) {
    Libc.syscall(Syscalls.number("prctl"), PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)
        .orThrow("prctl(PR_SET_NO_NEW_PRIVS)");
    try (Arena arena = Arena.ofConfined()) {
      // struct sock_filter { __u16 code; __u8 jt, jf; __u32 k; }
      MemorySegment filter = arena.allocate(8L * program.size(), 8);
      for (int i = 0; i < program.size(); i++) {
        Instruction instruction = program.get(i);
        filter.set(ValueLayout.JAVA_SHORT, 8L * i, (short) instruction.code());
        filter.set(ValueLayout.JAVA_BYTE, 8L * i + 2, (byte) instruction.whenTrue());
        filter.set(ValueLayout.JAVA_BYTE, 8L * i + 3, (byte) instruction.whenFalse());
        filter.set(ValueLayout.JAVA_INT, 8L * i + 4, instruction.k());
      }
      // struct sock_fprog { unsigned short len; struct sock_filter *filter; }
      MemorySegment fprog = arena.allocate(16, 8);
      fprog.set(ValueLayout.JAVA_SHORT, 0, (short) program.size());
      fprog.set(ValueLayout.ADDRESS, 8, filter);
      long thread =
          Libc.syscall(
                  Syscalls.number("seccomp"),
                  SECCOMP_SET_MODE_FILTER,
                  SECCOMP_FILTER_FLAG_TSYNC,
                  fprog.address(),
                  0,
                  0,
                  0)
              .orThrow("seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC)");
      if (thread != 0) {
        throw new IllegalStateException("thread " + thread + " could not take the filter");
      }
    }
  }

  /** Where libc's code is mapped, from the text of /proc/PID/maps. */
  static List<Range> libcCode(List<String> maps) {
    List<Range> ranges = new ArrayList<>();
    for (String line : maps) {
      // 7f06a1c28000-7f06a1da6000 r-xp 00028000 fe:00 315625      /usr/lib/.../libc.so.6
      String[] words = line.split(" +", 6);
      if (words.length == 6 && words[1].contains("x") && words[5].matches(".*/libc[.-].*so.*")) {
        String[] addresses = words[0].split("-", 2);
        ranges.add(
            new Range(
                Long.parseUnsignedLong(addresses[0], 16),
                Long.parseUnsignedLong(addresses[1], 16)));
      }
    }
    if (ranges.isEmpty()) {
      throw new IllegalStateException("no code of libc among the mappings:\n" + maps);
    }
    return ranges;
  }
}
