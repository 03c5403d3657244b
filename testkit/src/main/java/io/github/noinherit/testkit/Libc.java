// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The C library calls of the testkit, one typed wrapper under each prototype. It shares nothing
 * with the library under test: what is tested must not be its own witness.
 */
final class Libc {
  /** A call's value, and errno as it was when the call returned (of use if the value says so). */
  record Result(long value, int errno) {
    boolean failed() {
      return value == -1;
    }

    /** The value, or an error that names the call. */
    long orThrow(String call) {
      if (failed()) {
        throw new IllegalStateException(call + " failed: errno " + errno);
      }
      return value;
    }
  }

  // include/uapi/asm-generic/errno-base.h and errno.h; the same on x86-64 and aarch64
  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int ESRCH = 3;
  static final int EINTR = 4;
  static final int EBADF = 9;
  static final int ECHILD = 10;
  static final int ENOSYS = 38;

  // include/uapi/asm-generic/fcntl.h
  static final int O_RDONLY = 0;
  static final int O_CLOEXEC = 0_2000000;
  static final int F_GETFD = 1;
  static final int F_SETFD = 2;
  static final int F_DUPFD = 0;
  static final int F_DUPFD_CLOEXEC = 1030;
  static final int FD_CLOEXEC = 1;

  /** O_DIRECTORY differs: 0200000 on x86-64, 040000 on aarch64 (arch/arm64/.../fcntl.h). */
  static final int O_DIRECTORY =
      System.getProperty("os.arch").equals("aarch64") ? 0_40000 : 0_200000;

  static final int SIGKILL = 9;
  static final int WNOHANG = 1;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO_IN_STATE =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  // int open(const char *pathname, int flags, ... /* mode_t mode */);
  private static final MethodHandle open =
      variadic("open", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));

  static Result open(MemorySegment path, int flags, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return result((int) open.invokeExact(state, path, flags, mode), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  // int close(int fd);
  private static final MethodHandle close =
      fixed("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  static Result close(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return result((int) close.invokeExact(state, fd), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  // int fcntl(int fd, int cmd, ... /* int arg */);
  private static final MethodHandle fcntl =
      variadic("fcntl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));

  static Result fcntl(int fd, int command, int argument) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return result((int) fcntl.invokeExact(state, fd, command, argument), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  // ssize_t read(int fd, void *buf, size_t count);
  private static final MethodHandle read =
      fixed("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

  static Result read(int fd, MemorySegment buffer) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return result((long) read.invokeExact(state, fd, buffer, buffer.byteSize()), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  // ssize_t readlink(const char *path, char *buf, size_t bufsiz);
  private static final MethodHandle readlink =
      fixed("readlink", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG));

  static Result readlink(MemorySegment path, MemorySegment buffer) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return result((long) readlink.invokeExact(state, path, buffer, buffer.byteSize()), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  // ssize_t getdents64(int fd, void *dirp, size_t count);   (glibc 2.30)
  private static final MethodHandle getdents64 =
      fixed("getdents64", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

  static Result getdents64(int fd, MemorySegment buffer) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return result((long) getdents64.invokeExact(state, fd, buffer, buffer.byteSize()), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  // int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *file_actions,
  //                 const posix_spawnattr_t *attrp, char *const argv[], char *const envp[]);
  private static final MethodHandle posix_spawn =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("posix_spawn"),
          FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));

  /** Returns the error itself, as the C function does; 0 if the child was started. */
  static int posix_spawn(
      MemorySegment pid, MemorySegment path, MemorySegment argv, MemorySegment envp) {
    try {
      return (int)
          posix_spawn.invokeExact(pid, path, MemorySegment.NULL, MemorySegment.NULL, argv, envp);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  // pid_t waitpid(pid_t pid, int *wstatus, int options);
  private static final MethodHandle waitpid =
      fixed("waitpid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));

  static Result waitpid(int pid, MemorySegment status, int options) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return result((int) waitpid.invokeExact(state, pid, status, options), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  // int kill(pid_t pid, int sig);
  private static final MethodHandle kill =
      fixed("kill", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

  static Result kill(int pid, int signal) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return result((int) kill.invokeExact(state, pid, signal), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  // long syscall(long number, ...);
  private static final MethodHandle syscall =
      variadic(
          "syscall",
          1,
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
              JAVA_LONG));

  static Result syscall(long number, long a, long b, long c, long d, long e, long f) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      return result((long) syscall.invokeExact(state, number, a, b, c, d, e, f), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  // extern char **environ;
  private static final MemorySegment environ =
      LINKER.defaultLookup().findOrThrow("environ").reinterpret(ADDRESS.byteSize());

  static MemorySegment environ() {
    return environ.get(ADDRESS, 0);
  }

  private Libc() {}

  private static MethodHandle fixed(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, ERRNO);
  }

  /** A variadic function; some ABIs pass the arguments from {@code first} on in another way. */
  private static MethodHandle variadic(String name, int first, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        descriptor,
        ERRNO,
        Linker.Option.firstVariadicArg(first));
  }

  private static Result result(long value, MemorySegment state) {
    return new Result(value, (int) ERRNO_IN_STATE.get(state, 0L));
  }

  /** A downcall itself throws nothing that is expected here: what comes is a defect. */
  private static RuntimeException unexpected(Throwable t) {
    if (t instanceof RuntimeException e) {
      return e;
    }
    if (t instanceof Error e) {
      throw e;
    }
    return new IllegalStateException(t);
  }
}
