// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.posix;

import static io.github.noinherit.internal.ffi.Native.call;
import static io.github.noinherit.internal.ffi.Native.symbol;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.stub.Calls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/*
 * Calls that POSIX.1-2024 mandates, and only those: an extension belongs in internal.linux, even
 * where every Unix has it. Each address stands under its C prototype; each wrapper has the C name
 * and does nothing but pass integers and addresses.
 *
 * Constants cite their header. Their values are those of Linux on x86-64 and aarch64, which agree
 * on all of them; a test compares them with the headers of the machine it runs on.
 */
public final class Posix {
  /** FD_CLOEXEC, the only descriptor flag: include/uapi/linux/fcntl.h. */
  public static final int FD_CLOEXEC = 1;

  /** fcntl commands: include/uapi/asm-generic/fcntl.h. */
  public static final int F_GETFD = 1;

  /** fcntl: set the descriptor flags. */
  public static final int F_SETFD = 2;

  /** Open flags: include/uapi/asm-generic/fcntl.h. */
  public static final int O_RDONLY = 0;

  /** open: write only. */
  public static final int O_WRONLY = 1;

  /** open: read and write. */
  public static final int O_RDWR = 2;

  /** open: create. */
  public static final int O_CREAT = 0100;

  /** open: exclusively. */
  public static final int O_EXCL = 0200;

  /** open: truncate. */
  public static final int O_TRUNC = 01000;

  /** open: append. */
  public static final int O_APPEND = 02000;

  /** open, pipe2: do not block. */
  public static final int O_NONBLOCK = 04000;

  /** open: data integrity. */
  public static final int O_DSYNC = 010000;

  /** open: file integrity. */
  public static final int O_SYNC = 04010000;

  /** open, pipe2: close-on-exec. */
  public static final int O_CLOEXEC = 02000000;

  /** Address families: include/linux/socket.h. */
  public static final int AF_UNIX = 1;

  /** Address family of IPv4. */
  public static final int AF_INET = 2;

  /** Address family of IPv6. */
  public static final int AF_INET6 = 10;

  /** Socket types: include/linux/net.h. */
  public static final int SOCK_STREAM = 1;

  /** Socket type: datagrams. */
  public static final int SOCK_DGRAM = 2;

  /** Socket type flag: close-on-exec (= O_CLOEXEC). */
  public static final int SOCK_CLOEXEC = 02000000;

  /** Option level of sockets: include/uapi/asm-generic/socket.h. */
  public static final int SOL_SOCKET = 1;

  /** Socket option: reuse of local addresses. */
  public static final int SO_REUSEADDR = 2;

  /** Socket option, to be read: the type. */
  public static final int SO_TYPE = 3;

  /** Socket option, to be read: does it listen? */
  public static final int SO_ACCEPTCONN = 30;

  /** Ancillary data: descriptors (include/linux/socket.h). */
  public static final int SCM_RIGHTS = 1;

  /** recv flag: do not wait (include/linux/socket.h). */
  public static final int MSG_DONTWAIT = 0x40;

  /** send flag: no SIGPIPE (include/linux/socket.h). */
  public static final int MSG_NOSIGNAL = 0x4000;

  /** shutdown: both directions (include/linux/net.h). */
  public static final int SHUT_RDWR = 2;

  /** sysconf: the size of a page (glibc's bits/confname.h). */
  public static final int _SC_PAGESIZE = 30;

  /** waitid: the id is a pid (include/uapi/linux/wait.h). */
  public static final int P_PID = 1;

  /** waitid options: include/uapi/linux/wait.h. */
  public static final int WNOHANG = 1;

  /** waitid: report children that have ended. */
  public static final int WEXITED = 4;

  /** waitid: leave the child as it is, to be waited for again. */
  public static final int WNOWAIT = 0x01000000;

  /** siginfo_t.si_code of a child that exited by itself: include/uapi/asm-generic/siginfo.h. */
  public static final int CLD_EXITED = 1;

  /** clock_gettime: since some moment in the past (include/uapi/linux/time.h). */
  public static final int CLOCK_MONOTONIC = 1;

  /** fcntl: read the access mode and status flags. */
  public static final int F_GETFL = 3;

  /** fcntl: set the status flags (asm-generic/fcntl.h). */
  public static final int F_SETFL = 4;

  /** mprotect: include/uapi/asm-generic/mman-common.h. */
  public static final int PROT_READ = 1;

  /** mprotect: writable. */
  public static final int PROT_WRITE = 2;

  // int fcntl(int fd, int cmd, ... /* int arg */);
  private static final MemorySegment fcntl = symbol("fcntl");
  // int open(const char *path, int flags, ... /* mode_t mode */);
  private static final MemorySegment open = symbol("open");
  // int close(int fd);
  private static final MemorySegment close = symbol("close");
  // int dup2(int old, int new);
  private static final MemorySegment dup2 = symbol("dup2");
  // int clock_gettime(clockid_t clock, struct timespec *time);
  private static final MemorySegment clock_gettime = symbol("clock_gettime");
  // int unlink(const char *path);
  private static final MemorySegment unlink = symbol("unlink");
  // int mkdir(const char *path, mode_t mode);
  private static final MemorySegment mkdir = symbol("mkdir");
  // int rmdir(const char *path);
  private static final MemorySegment rmdir = symbol("rmdir");
  // ssize_t read(int fd, void *buffer, size_t length);
  private static final MemorySegment read = symbol("read");
  // ssize_t write(int fd, const void *buffer, size_t length);
  private static final MemorySegment write = symbol("write");
  // int socket(int domain, int type, int protocol);
  private static final MemorySegment socket = symbol("socket");
  // int socketpair(int domain, int type, int protocol, int sv[2]);
  private static final MemorySegment socketpair = symbol("socketpair");
  // int setsockopt(int fd, int level, int name, const void *value, socklen_t length);
  private static final MemorySegment setsockopt = symbol("setsockopt");
  // ssize_t send(int fd, const void *buffer, size_t length, int flags);
  private static final MemorySegment send = symbol("send");
  // int getsockopt(int fd, int level, int name, void *value, socklen_t *length);
  private static final MemorySegment getsockopt = symbol("getsockopt");
  // int getpeername(int fd, struct sockaddr *address, socklen_t *length);
  private static final MemorySegment getpeername = symbol("getpeername");
  // ssize_t sendmsg(int fd, const struct msghdr *message, int flags);
  private static final MemorySegment sendmsg = symbol("sendmsg");
  // ssize_t recvmsg(int fd, struct msghdr *message, int flags);
  private static final MemorySegment recvmsg = symbol("recvmsg");
  // ssize_t recv(int fd, void *buffer, size_t length, int flags);
  private static final MemorySegment recv = symbol("recv");
  // int shutdown(int fd, int how);
  private static final MemorySegment shutdown = symbol("shutdown");
  // int waitid(idtype_t idtype, id_t id, siginfo_t *info, int options);
  private static final MemorySegment waitid = symbol("waitid");
  // long sysconf(int name);
  private static final MemorySegment sysconf = symbol("sysconf");
  // int kill(pid_t pid, int signal);
  private static final MemorySegment kill = symbol("kill");
  // int sigaction(int signal, const struct sigaction *act, struct sigaction *old);
  private static final MemorySegment sigaction = symbol("sigaction");
  // int fstat(int fd, struct stat *buffer);
  private static final MemorySegment fstat = symbol("fstat");
  // int mprotect(void *address, size_t length, int prot);
  private static final MemorySegment mprotect = symbol("mprotect");
  // pid_t getpid(void);
  private static final MemorySegment getpid = symbol("getpid");

  private Posix() {}

  /** fcntl(2). */
  public static CallResult fcntl(int fd, int command, long argument) {
    return call(fcntl, fd, command, argument);
  }

  /** open(2). */
  public static CallResult open(MemorySegment path, int flags, int mode) {
    return call(open, path.address(), flags, mode);
  }

  /** close(2). Never repeated on EINTR: on Linux the descriptor is gone whatever it returns. */
  public static CallResult close(int fd) {
    return call(close, fd);
  }

  /** dup2(2). */
  public static CallResult dup2(int old, int wanted) {
    return call(dup2, old, wanted);
  }

  /** clock_gettime(2). */
  public static CallResult clock_gettime(int clock, MemorySegment time) {
    return call(clock_gettime, clock, time.address());
  }

  /** unlink(2). */
  public static CallResult unlink(MemorySegment path) {
    return call(unlink, path.address());
  }

  /** mkdir(2). */
  public static CallResult mkdir(MemorySegment path, int mode) {
    return call(mkdir, path.address(), mode);
  }

  /** rmdir(2). */
  public static CallResult rmdir(MemorySegment path) {
    return call(rmdir, path.address());
  }

  /** read(2). */
  public static CallResult read(int fd, MemorySegment buffer, long length) {
    return call(read, fd, buffer.address(), length);
  }

  /** write(2). */
  public static CallResult write(int fd, MemorySegment buffer, long length) {
    return call(write, fd, buffer.address(), length);
  }

  /** socket(2). */
  public static CallResult socket(int domain, int type, int protocol) {
    return call(socket, domain, type, protocol);
  }

  /** socketpair(2). */
  public static CallResult socketpair(int domain, int type, int protocol, MemorySegment pair) {
    return call(socketpair, domain, type, protocol, pair.address());
  }

  /** setsockopt(2). */
  public static CallResult setsockopt(
      int fd, int level, int name, MemorySegment value, int length) {
    return call(setsockopt, fd, level, name, value.address(), length);
  }

  /** send(2). */
  public static CallResult send(int fd, MemorySegment buffer, long length, int flags) {
    return call(send, fd, buffer.address(), length, flags);
  }

  /** getsockopt(2). */
  public static CallResult getsockopt(
      int fd, int level, int name, MemorySegment value, MemorySegment length) {
    return call(getsockopt, fd, level, name, value.address(), length.address());
  }

  /** getpeername(2). */
  public static CallResult getpeername(int fd, MemorySegment address, MemorySegment length) {
    return call(getpeername, fd, address.address(), length.address());
  }

  /** sendmsg(2). */
  public static CallResult sendmsg(int fd, MemorySegment message, int flags) {
    return call(sendmsg, fd, message.address(), flags);
  }

  /** recvmsg(2). */
  public static CallResult recvmsg(int fd, MemorySegment message, int flags) {
    return call(recvmsg, fd, message.address(), flags);
  }

  /** recv(2). */
  public static CallResult recv(int fd, MemorySegment buffer, long length, int flags) {
    return call(recv, fd, buffer.address(), length, flags);
  }

  /** shutdown(2). */
  public static CallResult shutdown(int fd, int how) {
    return call(shutdown, fd, how);
  }

  /** waitid(2). */
  public static CallResult waitid(int idType, int id, MemorySegment info, int options) {
    return call(waitid, idType, id, info.address(), options);
  }

  /** sysconf(3). */
  public static CallResult sysconf(int name) {
    return call(sysconf, name);
  }

  /** kill(2). */
  public static CallResult kill(int pid, int signal) {
    return call(kill, pid, signal);
  }

  /** sigaction(2). */
  public static CallResult sigaction(int signal, MemorySegment act, MemorySegment old) {
    return call(sigaction, signal, act.address(), old.address());
  }

  /** fstat(2). */
  public static CallResult fstat(int fd, MemorySegment buffer) {
    return call(fstat, fd, buffer.address());
  }

  /**
   * mprotect(2) of several ranges, in order, until one fails.
   *
   * @param ranges the start and the length of each
   * @return how many succeeded, and errno
   */
  public static CallResult mprotect(long[][] ranges, int protection) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      Calls calls = new Calls(arena, ranges.length);
      for (long[] r : ranges) {
        calls.add(mprotect, r[0], r[1], protection);
      }
      return calls.make();
    }
  }

  /** getpid(2). */
  public static int getpid() {
    return call(getpid).intValue();
  }
}
