// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

import io.github.noinherit.internal.ffi.Platform;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.ToLongFunction;

/*
 * The machine code that libraries call in place of C functions that create descriptors. Each hook
 * has the prototype of the function it stands for.
 *
 *   ADD FLAG       f(…, argument k | flag, …)
 *   SET ARGUMENT   g(…, argument k = value, …): a younger function that takes a flag
 *   DUP            fcntl(fd, F_DUPFD_CLOEXEC, 0)
 *   DUP2           dup3(old, new, O_CLOEXEC), or dup2 if both are equal
 *   FCNTL          F_DUPFD becomes F_DUPFD_CLOEXEC
 *   EPOLL CREATE   epoll_create1(EPOLL_CLOEXEC), or epoll_create if the size is not positive
 *   CREAT          open(path, O_CREAT|O_WRONLY|O_TRUNC|O_CLOEXEC, mode)
 *   ADD TO MODE    f(path, mode with 'e' behind its first character): fopen, popen
 *   PIPE, PIPE2, FCNTL OF PROCESS, POSIX SPAWN
 *                  for libjava alone, see below
 *   LOAD           f(name, flags), after a Java method was called with the name, by JNI; if that
 *                  threw, NULL, and the exception is pending
 *
 * Most are a few instructions and a jump to libc's function, so that whatever the function does
 * with errno, and whatever it is interrupted by, is as if it had been called itself. On x86-64 AL,
 * which says how many vector registers a variadic call uses, is left alone or set to none.
 *
 * The hooks of process pipes keep a record of each thread under a pthread key:
 *
 *   record, 72 bytes: { u32 count; u32 unused; int numbers[16] }
 *
 * pipe and pipe2 make their pipe close-on-exec and append both numbers (at count modulo 16); a
 * thread has no record before the first one (calloc), and counts from 0 again after a pipe that
 * failed. fcntl that is to clear FD_CLOEXEC leaves it set and appends the number; one that asks for
 * the flags of a number and finds FD_CLOEXEC clear appends it too. posix_spawn adds the file action adddup2(n, n) for each of the last sixteen numbers that is open, calls libc's
 * posix_spawn, and counts from 0 again. Where there is nothing to add it jumps to libc's. File
 * actions that the caller gave are added to; else it makes its own, on its stack (sizeof
 * posix_spawn_file_actions_t is 80 in glibc; there is room for 256).
 *
 * All begin with the landing pad that indirect calls need under CET (endbr64) and BTI (bti c), and
 * end in a pool of 64-bit literals, which is how the addresses get in. They are data to the
 * processor until ExecutableMemory has installed them.
 */
public final class Hooks {
  private Hooks() {}

  private static byte[] code(Platform platform, String x86, String aarch64, long... literals) {
    byte[] code =
        Stub.bytes(
            switch (platform) {
              case LINUX_X86_64 -> x86;
              case LINUX_AARCH64 -> aarch64;
              case OTHER ->
                  throw new UnsupportedOperationException("no hooks for " + Platform.describe());
            });
    ByteBuffer pool = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN);
    pool.position(code.length - literals.length * Long.BYTES);
    for (long l : literals) {
      pool.putLong(l);
    }
    return code;
  }

  /** Adds a flag to an argument, counted from 0 to 3. */
  public static byte[] addFlag(Platform platform, int argument, int flag, long function) {
    return switch (argument) {
      case 0 -> code(platform, X86Hooks.ADD_FLAG_0, Aarch64Hooks.ADD_FLAG_0, function, flag);
      case 1 -> code(platform, X86Hooks.ADD_FLAG_1, Aarch64Hooks.ADD_FLAG_1, function, flag);
      case 2 -> code(platform, X86Hooks.ADD_FLAG_2, Aarch64Hooks.ADD_FLAG_2, function, flag);
      case 3 -> code(platform, X86Hooks.ADD_FLAG_3, Aarch64Hooks.ADD_FLAG_3, function, flag);
      default -> throw new IllegalArgumentException("argument " + argument);
    };
  }

  /** Calls a function with one more argument, the one counted from 0 to 3. */
  public static byte[] setArgument(Platform platform, int argument, int value, long function) {
    return switch (argument) {
      case 0 ->
          code(platform, X86Hooks.SET_ARGUMENT_0, Aarch64Hooks.SET_ARGUMENT_0, function, value);
      case 1 ->
          code(platform, X86Hooks.SET_ARGUMENT_1, Aarch64Hooks.SET_ARGUMENT_1, function, value);
      case 2 ->
          code(platform, X86Hooks.SET_ARGUMENT_2, Aarch64Hooks.SET_ARGUMENT_2, function, value);
      case 3 ->
          code(platform, X86Hooks.SET_ARGUMENT_3, Aarch64Hooks.SET_ARGUMENT_3, function, value);
      default -> throw new IllegalArgumentException("argument " + argument);
    };
  }

  /** dup, by fcntl. */
  public static byte[] dup(Platform platform, long fcntl) {
    return code(platform, X86Hooks.DUP, Aarch64Hooks.DUP, fcntl);
  }

  /** dup2, by dup3. */
  public static byte[] dup2(Platform platform, long dup2, long dup3) {
    return code(platform, X86Hooks.DUP2, Aarch64Hooks.DUP2, dup2, dup3);
  }

  /** fcntl. */
  public static byte[] fcntl(Platform platform, long fcntl) {
    return code(platform, X86Hooks.FCNTL, Aarch64Hooks.FCNTL, fcntl);
  }

  /** epoll_create, by epoll_create1. */
  public static byte[] epollCreate(Platform platform, long epollCreate, long epollCreate1) {
    return code(
        platform, X86Hooks.EPOLL_CREATE, Aarch64Hooks.EPOLL_CREATE, epollCreate, epollCreate1);
  }

  /** creat, by open. */
  public static byte[] creat(Platform platform, long open) {
    return code(platform, X86Hooks.CREAT, Aarch64Hooks.CREAT, open);
  }

  /** A function whose second argument is a mode such as "r". */
  public static byte[] addToMode(Platform platform, long function) {
    return code(platform, X86Hooks.ADD_TO_MODE, Aarch64Hooks.ADD_TO_MODE, function);
  }

  /**
   * pipe of libjava.
   *
   * @param address tells the addresses of C functions
   * @param key the pthread key of the records, whose destructor is free
   */
  public static byte[] processPipe(Platform platform, ToLongFunction<String> address, int key) {
    return code(
        platform,
        X86Hooks.PIPE_OF_PROCESS,
        Aarch64Hooks.PIPE_OF_PROCESS,
        pipeLiterals(address, key));
  }

  /** pipe2 of libjava, as {@link #processPipe} if it is called without O_CLOEXEC. */
  public static byte[] processPipe2(Platform platform, ToLongFunction<String> address, int key) {
    return code(
        platform,
        X86Hooks.PIPE2_OF_PROCESS,
        Aarch64Hooks.PIPE2_OF_PROCESS,
        pipeLiterals(address, key));
  }

  private static long[] pipeLiterals(ToLongFunction<String> address, int key) {
    return new long[] {
      address.applyAsLong("pipe2"),
      address.applyAsLong("pthread_getspecific"),
      address.applyAsLong("pthread_setspecific"),
      address.applyAsLong("calloc"),
      address.applyAsLong("free"),
      address.applyAsLong("close"),
      address.applyAsLong("__errno_location"),
      key
    };
  }

  /** posix_spawn of libjava; the parameters are those of {@link #processPipe}. */
  public static byte[] processSpawn(Platform platform, ToLongFunction<String> address, int key) {
    return code(
        platform,
        X86Hooks.POSIX_SPAWN,
        Aarch64Hooks.POSIX_SPAWN,
        address.applyAsLong("posix_spawn"),
        address.applyAsLong("pthread_getspecific"),
        address.applyAsLong("fcntl"),
        address.applyAsLong("posix_spawn_file_actions_init"),
        address.applyAsLong("posix_spawn_file_actions_adddup2"),
        address.applyAsLong("posix_spawn_file_actions_destroy"),
        key);
  }

  /** fcntl of libjava; the parameters are those of {@link #processPipe}. */
  public static byte[] processFcntl(Platform platform, ToLongFunction<String> address, int key) {
    return code(
        platform,
        X86Hooks.FCNTL_OF_PROCESS,
        Aarch64Hooks.FCNTL_OF_PROCESS,
        address.applyAsLong("fcntl"),
        address.applyAsLong("pthread_getspecific"),
        address.applyAsLong("pthread_setspecific"),
        address.applyAsLong("calloc"),
        address.applyAsLong("free"),
        address.applyAsLong("__errno_location"),
        key);
  }

  /**
   * A function that loads a library, of a name and a number.
   *
   * @param function the function
   * @param vm the JavaVM
   * @param type a weak global reference to a class; if it was unloaded, Java is not called
   * @param method a static method of it, of a long, which is the address of the name
   */
  public static byte[] load(Platform platform, long function, long vm, long type, long method) {
    return code(platform, X86Hooks.LOAD, Aarch64Hooks.LOAD, function, vm, type, method);
  }
}
