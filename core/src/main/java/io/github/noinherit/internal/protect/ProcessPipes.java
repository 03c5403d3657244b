// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.stub.Hooks;
import java.util.List;
import java.util.Set;

/*
 * The pipes of ProcessBuilder, born close-on-exec.
 *
 * libjava makes two to five pipes for a child: its standard streams that are not redirected, one
 * that reports a failed exec, and one that feeds jspawnhelper. With the launch mechanism
 * POSIX_SPAWN, the default, it then starts jspawnhelper by posix_spawn without file actions, and
 * jspawnhelper, after its own exec, looks for the child's ends under the numbers that they have in
 * the parent. So these pipes cannot just be close-on-exec: jspawnhelper would find nothing
 * ("Incorrect FD array data"). What is done:
 *
 *  1. `pipe` of libjava, and `pipe2` where it is called without O_CLOEXEC (the JDK then means the
 *     ends to be inherited), is a hook that makes the pipe close-on-exec and writes its two numbers
 *     into a record of the thread (a pthread key, freed when the thread ends). A start runs on one
 *     thread from its first pipe to posix_spawn, as a virtual thread is pinned in native code.
 *  2. `fcntl` of libjava is a hook that does not clear FD_CLOEXEC but appends the number to the
 *     record: the JDK clears it on a file that a standard stream is redirected to, in the parent,
 *     before it calls posix_spawn (25.0.3), and does not set it again. If it asks and sees that it
 *     is clear, it does nothing, so a number it has asked for is appended too: the sweep may set
 *     the flag a moment later.
 *  3. `posix_spawn` of libjava is a hook that adds file actions, adddup2(n, n) for each number n in
 *     the record. For equal numbers that clears close-on-exec in the child and only there (POSIX
 *     2024; glibc since 2.29). Then it forgets the numbers.
 *
 * Between pipe and exec no child of anybody else gets an end. jspawnhelper gets all ends, the
 * parent's too, as ever, and closes what the program is not meant to have.
 *
 * What could go wrong, numbered:
 *
 *  1. A start fails between its pipes and posix_spawn, and the record keeps numbers that now are
 *     somebody else's. If it failed as a pipe failed, the hook has emptied the record. Else (no
 *     memory) the thread's next start offers them to jspawnhelper, which closes them; those that
 *     are not open are skipped.
 *  2. VFORK and FORK do not call posix_spawn: the child makes 0 to 2 by dup2, which clears
 *     close-on-exec, and closes the rest itself. The record keeps the last sixteen numbers and
 *     nobody reads them.
 *  3. Protection is installed or removed between a start's pipe and its posix_spawn: see Starts.
 *
 * All of it is machine code (Hooks): no Java runs in these calls, so no exception can be thrown in
 * them, and errno is what the system call left.
 */
final class ProcessPipes {
  static final String LIBRARY = "libjava.so";
  static final String SPAWN = "posix_spawn";
  private static final Set<String> PIPES = Set.of("pipe", "pipe2", "fcntl");

  /** The functions that the hooks call. */
  static final List<String> FUNCTIONS =
      List.of(
          "__errno_location",
          "calloc",
          "close",
          "fcntl",
          "free",
          "pipe2",
          "posix_spawn",
          "posix_spawn_file_actions_adddup2",
          "posix_spawn_file_actions_destroy",
          "posix_spawn_file_actions_init",
          "pthread_getspecific",
          "pthread_setspecific");

  private static final String PREFIX = LIBRARY + ":";

  private ProcessPipes() {}

  /** Is it one of the functions that libjava starts children with? */
  static boolean concerns(String library, String function) {
    return library.equals(LIBRARY) && (PIPES.contains(function) || function.equals(SPAWN));
  }

  /** The name of a function's hook in the page. */
  static String hookName(String function) {
    return PREFIX + function;
  }

  /** What is called in place of a function, for people. */
  static String how(String function) {
    return function.equals(SPAWN)
        ? "posix_spawn that hands jspawnhelper this start's pipes"
        : function.equals("fcntl")
            ? "fcntl that keeps FD_CLOEXEC, remembered for posix_spawn"
            : "pipe2 with O_CLOEXEC, remembered for posix_spawn";
  }

  /** The machine code of a hook, by its name in the page. */
  static byte[] code(String name, CFunctions functions, Platform platform, int key) {
    return switch (name) {
      case PREFIX + "pipe" -> Hooks.processPipe(platform, functions, key);
      case PREFIX + "pipe2" -> Hooks.processPipe2(platform, functions, key);
      case PREFIX + "fcntl" -> Hooks.processFcntl(platform, functions, key);
      case PREFIX + SPAWN -> Hooks.processSpawn(platform, functions, key);
      default -> throw new IllegalArgumentException("no hook has the name " + name);
    };
  }
}
