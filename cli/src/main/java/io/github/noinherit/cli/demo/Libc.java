// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

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
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The C functions that the demo's cast calls, and the only place of the command that knows {@code
 * java.lang.foreign}.
 *
 * <p>They are called as a careless C library inside the JVM would call them: {@code posix_spawn}
 * with no file actions and no attributes, {@code execve} with nothing closed before. The library's
 * own spawner has no part in it: the demo shows what children get that nobody wrote for noinherit.
 *
 * <p>Every function goes through one call shape, {@code long f(long, long, long, long, long,
 * long)}, with an address passed as its number: on the two Linux ABIs of this project (x86-64 and
 * aarch64) unused argument registers are ignored, and linking one shape once keeps a JVM's start
 * short. A result of type {@code int} fills only the low half of the register, hence the casts.
 */
final class Libc {
  /** A call that failed, in the words of {@code perror}. */
  static final class CallFailed extends Exception {
    private static final long serialVersionUID = 1L;

    CallFailed(String call, int errno) {
      super(call + ": " + strerror(errno) + " (errno " + errno + ")");
    }
  }

  /** Result and errno of one call, captured together. */
  private record Result(long value, int errno) {
    int asInt() {
      return (int) value;
    }

    int orThrow(String call) throws CallFailed {
      if (asInt() < 0) {
        throw new CallFailed(call, errno);
      }
      return asInt();
    }
  }

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle CALL =
      LINKER.downcallHandle(
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          Linker.Option.captureCallState("errno"));

  // int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *file_actions,
  //                 const posix_spawnattr_t *attrp, char *const argv[], char *const envp[]);
  private static final MemorySegment posix_spawn = symbol("posix_spawn");
  // int execve(const char *path, char *const argv[], char *const envp[]);
  private static final MemorySegment execve = symbol("execve");
  // int open(const char *path, int flags);  the variadic mode is read only with O_CREAT
  private static final MemorySegment open = symbol("open");
  // int close(int fd);
  private static final MemorySegment close = symbol("close");
  // ssize_t pread(int fd, void *buf, size_t count, off_t offset);
  private static final MemorySegment pread = symbol("pread");
  // ssize_t send(int sockfd, const void *buf, size_t len, int flags);
  private static final MemorySegment send = symbol("send");
  // int getsockopt(int sockfd, int level, int optname, void *optval, socklen_t *optlen);
  private static final MemorySegment getsockopt = symbol("getsockopt");
  // int poll(struct pollfd *fds, nfds_t nfds, int timeout);
  private static final MemorySegment poll = symbol("poll");
  // int accept(int sockfd, struct sockaddr *addr, socklen_t *addrlen);
  private static final MemorySegment accept = symbol("accept");
  // uid_t geteuid(void);
  private static final MemorySegment geteuid = symbol("geteuid");
  // int setfsuid(uid_t fsuid);  of the calling thread; answers the user before the call
  private static final MemorySegment setfsuid = symbol("setfsuid");
  // char *strerror(int errnum);
  private static final MemorySegment strerror = symbol("strerror");
  // extern char **environ;
  private static final MemorySegment environ = symbol("environ");

  private static final int O_RDONLY = 0; // asm-generic/fcntl.h
  private static final int SOL_SOCKET = 1; // asm-generic/socket.h
  private static final int SO_ACCEPTCONN = 30; // asm-generic/socket.h
  private static final short POLLIN = 1; // asm-generic/poll.h
  private static final int MSG_NOSIGNAL = 0x4000; // linux/socket.h

  private Libc() {}

  /** Starts a child as careless native code does: nothing closed, nothing redirected. */
  static int posixSpawn(List<String> command) throws CallFailed {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pid = arena.allocate(JAVA_INT);
      MemorySegment path = arena.allocateFrom(command.getFirst());
      // posix_spawn answers the error itself; errno says nothing
      int error =
          call(
                  posix_spawn,
                  pid.address(),
                  path.address(),
                  0,
                  0,
                  argv(arena, command).address(),
                  environment())
              .asInt();
      if (error != 0) {
        throw new CallFailed("posix_spawn(" + command.getFirst() + ")", error);
      }
      return pid.get(JAVA_INT, 0);
    }
  }

  /** Puts another program in place of this process; comes back only to say why it could not. */
  static CallFailed execve(List<String> command) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = arena.allocateFrom(command.getFirst());
      Result r =
          call(execve, path.address(), argv(arena, command).address(), environment(), 0, 0, 0);
      return new CallFailed("execve(" + command.getFirst() + ")", r.errno());
    }
  }

  /** Opens a file for reading only to see whether it may be: answers "" or the error's text. */
  static String tryOpen(String path) {
    try (Arena arena = Arena.ofConfined()) {
      Result opened = call(open, arena.allocateFrom(path).address(), O_RDONLY, 0, 0, 0, 0);
      if (opened.asInt() < 0) {
        return strerror(opened.errno());
      }
      Result closed = call(close, opened.asInt(), 0, 0, 0, 0, 0);
      return closed.asInt() == 0 ? "" : strerror(closed.errno());
    }
  }

  /** The first bytes of an open file, whatever its offset. */
  static String readStart(int fd, int limit) throws CallFailed {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(limit);
      int n = call(pread, fd, buffer.address(), limit, 0, 0, 0).orThrow("pread(" + fd + ")");
      byte[] bytes = buffer.asSlice(0, n).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /** True if the descriptor is a socket that listens. */
  static boolean isListening(int fd) throws CallFailed {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(JAVA_INT);
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) JAVA_INT.byteSize());
      call(getsockopt, fd, SOL_SOCKET, SO_ACCEPTCONN, value.address(), length.address(), 0)
          .orThrow("getsockopt(" + fd + ", SO_ACCEPTCONN)");
      return value.get(JAVA_INT, 0) != 0;
    }
  }

  /** Waits for a connection on a listening descriptor; -1 if none came in time. */
  static int accept(int fd, int timeoutMillis) throws CallFailed {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pollfd =
          arena.allocate(8, 4); // struct pollfd { int fd; short events, revents; }
      pollfd.set(JAVA_INT, 0, fd);
      pollfd.set(java.lang.foreign.ValueLayout.JAVA_SHORT, 4, POLLIN);
      int ready =
          call(poll, pollfd.address(), 1, timeoutMillis, 0, 0, 0).orThrow("poll(" + fd + ")");
      return ready == 0 ? -1 : call(accept, fd, 0, 0, 0, 0, 0).orThrow("accept(" + fd + ")");
    }
  }

  /** Sends a line to a connected socket and closes the descriptor. */
  static void sendAndClose(int fd, String text) throws CallFailed {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocateFrom(text);
      call(send, fd, bytes.address(), bytes.byteSize() - 1, MSG_NOSIGNAL, 0, 0)
          .orThrow("send(" + fd + ")");
      call(close, fd, 0, 0, 0, 0, 0).orThrow("close(" + fd + ")");
    }
  }

  static int effectiveUser() {
    return call(geteuid, 0, 0, 0, 0, 0, 0).asInt();
  }

  /** Makes this thread open files as another user; false if the system does not let it. */
  static boolean openFilesAs(int user) {
    call(setfsuid, user, 0, 0, 0, 0, 0);
    return call(setfsuid, -1, 0, 0, 0, 0, 0).asInt() == user; // no user, so it only answers
  }

  private static String strerror(int errno) {
    long text = call(strerror, errno, 0, 0, 0, 0, 0).value();
    return MemorySegment.ofAddress(text).reinterpret(Long.MAX_VALUE).getString(0);
  }

  private static MemorySegment argv(Arena arena, List<String> command) {
    MemorySegment argv = arena.allocate(ADDRESS, command.size() + 1L); // the last one stays null
    for (int i = 0; i < command.size(); i++) {
      argv.setAtIndex(ADDRESS, i, arena.allocateFrom(command.get(i)));
    }
    return argv;
  }

  private static long environment() {
    return environ.reinterpret(ADDRESS.byteSize()).get(ADDRESS, 0).address();
  }

  private static MemorySegment symbol(String name) {
    return LINKER.defaultLookup().findOrThrow(name);
  }

  private static Result call(
      MemorySegment function, long a, long b, long c, long d, long e, long f) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long value = (long) CALL.invokeExact(function, state, a, b, c, d, e, f);
      return new Result(value, (int) ERRNO.get(state, 0L));
    } catch (RuntimeException | Error unchecked) {
      throw unchecked;
    } catch (Throwable checked) {
      throw new AssertionError("a downcall throws no checked exception", checked);
    }
  }
}
