// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A child JVM under a seccomp filter that answers some system calls with an errno, as containers
 * do: {@code clone3} with ENOSYS is Docker's default.
 *
 * <p>How it works: the JVM starts with this class as its main class; its first act is to install
 * the filter for all of its threads, and then it calls the real main class's {@code main}. So the
 * JVM's own start is not filtered, and everything after is: threads, children, and theirs.
 *
 * <p>glibc ≥ 2.34 starts threads with {@code clone3} and falls back to {@code clone} on ENOSYS
 * only: with {@code clone3} answered EPERM no thread can be started any more. A rule can therefore
 * {@linkplain Rule#sparingLibc() spare libc}: calls made by libc's own code (which are known by the
 * address they come from) go through, calls from anywhere else, such as machine code of the library
 * under test, get the errno. That is how a JVM on an older glibc sees it. A call made through
 * libc's {@code syscall()} comes from libc.
 */
public final class SeccompJvm {
  /** EPERM (1), "Operation not permitted". */
  public static final int EPERM = Libc.EPERM;

  /** ENOSYS (38), "Function not implemented". */
  public static final int ENOSYS = Libc.ENOSYS;

  /** {@code CLONE_VM | CLONE_VFORK} of linux/sched.h: how posix_spawn makes children. */
  public static final int CLONE_VM_VFORK = 0x00000100 | 0x00004000;

  /**
   * One system call and its answer.
   *
   * @param syscall its name
   * @param errno the answer
   * @param flags only if all of these are set in the first argument; 0: always
   * @param sparesLibc not if libc's own code makes the call
   */
  public record Rule(String syscall, int errno, int flags, boolean sparesLibc) {
    public Rule {
      if (errno < 1 || errno > 4095) {
        throw new IllegalArgumentException("not an errno: " + errno);
      }
      int number = Syscalls.number(syscall);
      if (number < 0) {
        throw new IllegalArgumentException("not a system call of this machine: " + syscall);
      }
    }

    /** Answers this call with this errno, whoever makes it. */
    public static Rule answer(String syscall, int errno) {
      return new Rule(syscall, errno, 0, false);
    }

    /** The same, only for calls that have all of these flags in their first argument. */
    public Rule withFlags(int all) {
      return new Rule(syscall, errno, all, sparesLibc);
    }

    /** The same, but not for calls that libc's own code makes. */
    public Rule sparingLibc() {
      return new Rule(syscall, errno, flags, true);
    }

    String text() {
      return syscall + ":" + errno + ":" + flags + ":" + sparesLibc;
    }

    static Rule parse(String text) {
      String[] words = text.split(":", 4);
      return new Rule(
          words[0],
          Integer.parseInt(words[1]),
          Integer.parseInt(words[2]),
          Boolean.parseBoolean(words[3]));
    }
  }

  private SeccompJvm() {}

  /** A child JVM that runs this main class under these rules; needs native access. */
  public static ChildJvm of(Class<?> mainClass, Rule... rules) {
    List<String> words = new ArrayList<>();
    words.add(Integer.toString(rules.length));
    for (Rule rule : rules) {
      words.add(rule.text());
    }
    words.add(mainClass.getName());
    return ChildJvm.of(SeccompJvm.class).arguments(words.toArray(String[]::new));
  }

  /** COUNT RULE… MAIN-CLASS ARGUMENT… */
  public static void main(String[] arguments) throws Throwable {
    int count = Integer.parseInt(arguments[0]);
    List<Rule> rules = Arrays.stream(arguments, 1, 1 + count).map(Rule::parse).toList();
    String mainClass = arguments[1 + count];
    String[] rest = Arrays.copyOfRange(arguments, 2 + count, arguments.length);
    SeccompFilter.install(SeccompFilter.program(rules, libc()));
    var main = Class.forName(mainClass).getDeclaredMethod("main", String[].class);
    main.setAccessible(true);
    try {
      main.invoke(null, (Object) rest);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }

  private static List<SeccompFilter.Range> libc() throws IOException {
    return SeccompFilter.libcCode(Files.readAllLines(Path.of("/proc/self/maps")));
  }
}
