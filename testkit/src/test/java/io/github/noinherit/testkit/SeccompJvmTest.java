// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.testkit.SeccompFilter.Range;
import io.github.noinherit.testkit.SeccompJvm.Rule;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

@Counted
@Needs(Need.SECCOMP)
class SeccompJvmTest {
  private static final int EINVAL = 22;

  /** Asks the kernel, and does ordinary work: a thread, a child, a naive child. */
  static final class Probe {
    public static void main(String[] arguments) throws Exception {
      // clone3(NULL, 0), close_range(9, 8, 0), and below clone(CLONE_THREAD | CLONE_VM) without
      // CLONE_SIGHAND: each is EINVAL where it is not filtered, and does nothing
      print("clone3", Libc.syscall(Syscalls.number("clone3"), 0, 0, 0, 0, 0, 0));
      print("close_range", Libc.syscall(Syscalls.number("close_range"), 9, 8, 0, 0, 0, 0));
      print("clone", Libc.syscall(Syscalls.number("clone"), 0x10000 | 0x100, 0, 0, 0, 0, 0));
      print("vfork", Libc.syscall(Syscalls.number("clone"), 0x10000 | 0x4100, 0, 0, 0, 0, 0));
      if (System.getProperty("os.arch").equals("amd64")) {
        System.out.println("foreign-clone3 " + -foreignClone3());
      }
      Thread thread = Thread.ofPlatform().start(() -> System.out.println("thread 0"));
      thread.join();
      System.out.println("child " + new ProcessBuilder("true").start().waitFor());
      try {
        System.out.println("naive " + NaiveForker.run(Path.of("/bin/true")));
      } catch (java.io.IOException e) {
        System.out.println("naive 255");
      }
    }

    private static void print(String name, Libc.Result result) {
      System.out.println(name + " " + (result.failed() ? result.errno() : 0));
    }

    /**
     * clone3(NULL, 0) from machine code that is not libc's: mov eax,435; xor edi,edi; xor esi,esi.
     */
    private static long foreignClone3() throws Exception {
      byte[] code = {
        (byte) 0xb8,
        (byte) 0xb3,
        1,
        0,
        0,
        0x31,
        (byte) 0xff,
        0x31,
        (byte) 0xf6,
        0x0f,
        5,
        (byte) 0xc3
      };
      // mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1)
      long page = Libc.syscall(9, 0, 4096, 7, 0x22, -1, 0).orThrow("mmap");
      MemorySegment memory = MemorySegment.ofAddress(page).reinterpret(code.length);
      MemorySegment.copy(code, 0, memory, JAVA_BYTE, 0, code.length);
      var call = Linker.nativeLinker().downcallHandle(memory, FunctionDescriptor.of(JAVA_LONG));
      try {
        return (long) call.invokeExact();
      } catch (Throwable t) {
        throw new IllegalStateException(t);
      }
    }
  }

  private static Map<String, Integer> answers(Rule... rules) throws Exception {
    return SeccompJvm.of(Probe.class, rules)
        .run()
        .outOrThrow()
        .lines()
        .map(line -> line.split(" ", 2))
        .collect(Collectors.toMap(w -> w[0], w -> Integer.parseInt(w[1])));
  }

  private static void assertWorks(Map<String, Integer> answers) {
    assertEquals(0, answers.get("thread"));
    assertEquals(0, answers.get("child"));
  }

  @Test
  void withoutRulesTheKernelAnswers() throws Exception {
    Map<String, Integer> answers = answers();
    for (String call : List.of("clone3", "close_range", "clone", "vfork", "foreign-clone3")) {
      assertEquals(EINVAL, answers.getOrDefault(call, EINVAL), call);
    }
    assertWorks(answers);
    assertEquals(0, answers.get("naive"));
  }

  @Test
  void clone3WithEnosysAsDockersDefaultAndEverythingFallsBack() throws Exception {
    Map<String, Integer> answers = answers(Rule.answer("clone3", SeccompJvm.ENOSYS));
    assertEquals(SeccompJvm.ENOSYS, answers.get("clone3"));
    assertEquals(SeccompJvm.ENOSYS, answers.getOrDefault("foreign-clone3", SeccompJvm.ENOSYS));
    assertEquals(EINVAL, answers.get("close_range"));
    assertWorks(answers);
    assertEquals(0, answers.get("naive"));
  }

  @Test
  void clone3WithEpermForOthersThanLibc() throws Exception {
    Map<String, Integer> answers = answers(Rule.answer("clone3", SeccompJvm.EPERM).sparingLibc());
    assertEquals(EINVAL, answers.get("clone3"));
    assertEquals(SeccompJvm.EPERM, answers.getOrDefault("foreign-clone3", SeccompJvm.EPERM));
    assertWorks(answers);
    assertEquals(0, answers.get("naive"));
  }

  @Test
  void closeRangeWithEnosys() throws Exception {
    Map<String, Integer> answers = answers(Rule.answer("close_range", SeccompJvm.ENOSYS));
    assertEquals(SeccompJvm.ENOSYS, answers.get("close_range"));
    assertEquals(EINVAL, answers.get("clone3"));
    assertWorks(answers);
  }

  @Test
  void cloneOnlyWithTheFlagsNamedAndSeveralRulesAtOnce() throws Exception {
    Map<String, Integer> answers =
        answers(
            Rule.answer("clone", SeccompJvm.EPERM).withFlags(SeccompJvm.CLONE_VM_VFORK),
            Rule.answer("close_range", SeccompJvm.ENOSYS),
            Rule.answer("getpid", 95));
    assertEquals(EINVAL, answers.get("clone"));
    assertEquals(SeccompJvm.EPERM, answers.get("vfork"));
    assertEquals(SeccompJvm.ENOSYS, answers.get("close_range"));
    assertWorks(answers);
  }

  @Test
  void aRuleThatCannotBeIsRefusedBeforeAnythingStarts() {
    assertThrows(IllegalArgumentException.class, () -> Rule.answer("no_such_call", 1));
    assertThrows(IllegalArgumentException.class, () -> Rule.answer("clone3", 0));
    assertThrows(IllegalArgumentException.class, () -> Rule.answer("clone3", 4096));
  }

  @Test
  void libcsCodeIsFoundInTheMappings() {
    assertEquals(
        List.of(new Range(0x7f06a1c28000L, 0x7f06a1da6000L)),
        SeccompFilter.libcCode(
            List.of(
                "7f06a1c00000-7f06a1c28000 r--p 00000000 fe:00 3   /usr/lib/libc.so.6",
                "7f06a1c28000-7f06a1da6000 r-xp 00028000 fe:00 3   /usr/lib/libc.so.6",
                "7f06a2c28000-7f06a2da6000 r-xp 00028000 fe:00 3   /usr/lib/libcap.so.2",
                "7f06a3c28000-7f06a3da6000 r-xp 00000000 00:00 0 ")));
    assertThrows(IllegalStateException.class, () -> SeccompFilter.libcCode(List.of()));
  }

  @Test
  void aRangeAcrossFourGigabytesIsTwo() {
    assertEquals(
        List.of(new Range(0x1fffff000L, 0x1ffffffffL), new Range(0x200000000L, 0x200001000L)),
        SeccompFilter.split(List.of(new Range(0x1fffff000L, 0x200001000L))));
  }

  @Test
  void jumpsStayInsideTheProgram() {
    var program =
        SeccompFilter.program(
            List.of(
                Rule.answer("clone", 1).withFlags(SeccompJvm.CLONE_VM_VFORK).sparingLibc(),
                Rule.answer("clone3", 38)),
            List.of(new Range(0x1fffff000L, 0x200001000L)));
    for (int i = 0; i < program.size(); i++) {
      var instruction = program.get(i);
      if ((instruction.code() & 7) == 5) {
        assertTrue(i + 1 + instruction.whenTrue() < program.size(), instruction::toString);
        assertTrue(i + 1 + instruction.whenFalse() < program.size(), instruction::toString);
      }
    }
  }
}
