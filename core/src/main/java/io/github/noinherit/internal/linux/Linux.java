// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import static io.github.noinherit.internal.ffi.Native.call;
import static io.github.noinherit.internal.ffi.Native.symbol;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Platform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/*
 * Calls that only Linux has, or only glibc. Each address stands under its C prototype; each wrapper
 * has the C name. Calls younger than glibc 2.34 go through syscall(2), by number.
 */
public final class Linux {
  /** close_range: give the caller a descriptor table of its own first (linux/close_range.h). */
  public static final int CLOSE_RANGE_UNSHARE = 2;

  /** fcntl: duplicate to this number or above, close-on-exec (linux/fcntl.h; POSIX since 2024). */
  public static final int F_DUPFD_CLOEXEC = 1030;

  /** waitid: the id is a pidfd (linux/wait.h). */
  public static final int P_PIDFD = 3;

  /** recvmsg: received descriptors are close-on-exec (linux/socket.h). */
  public static final int MSG_CMSG_CLOEXEC = 0x40000000;

  /** openat: relative to the working directory (linux/fcntl.h). */
  public static final int AT_FDCWD = -100;

  private static final long FIONREAD = 0x541B;

  /** faccessat: ask for the effective ids, as the kernel does (linux/fcntl.h). */
  public static final int AT_EACCESS = 0x200;

  /** eventfd flags: close-on-exec (linux/eventfd.h; = O_CLOEXEC). */
  public static final int EFD_CLOEXEC = 02000000;

  /** eventfd flags: non-blocking (linux/eventfd.h; = O_NONBLOCK). */
  public static final int EFD_NONBLOCK = 04000;

  /** epoll_create1: close-on-exec (linux/eventpoll.h; = O_CLOEXEC). */
  public static final int EPOLL_CLOEXEC = 02000000;

  /** epoll_ctl operations (linux/eventpoll.h). */
  public static final int EPOLL_CTL_ADD = 1;

  /** epoll_ctl: remove. */
  public static final int EPOLL_CTL_DEL = 2;

  /** epoll: report once. Errors and hang-ups are reported though not asked for. */
  public static final int EPOLLONESHOT = 1 << 30;

  /** epoll events: readable. */
  public static final int EPOLLIN = 1;

  /** prlimit: number of open files (asm-generic/resource.h). */
  public static final int RLIMIT_NOFILE = 7;

  /** Socket option, to be read: the address family (asm-generic/socket.h). */
  public static final int SO_DOMAIN = 39;

  /** open: names a file without opening it (asm-generic/fcntl.h). */
  public static final int O_PATH = 010000000;

  /** prctl: no exec gives privileges any more (linux/prctl.h). */
  public static final int PR_SET_NO_NEW_PRIVS = 38;

  /** ioctl: the foreground process group of our controlling terminal (asm-generic/ioctls.h). */
  public static final long TIOCGPGRP = 0x540F;

  /** Option level and names of IPv4 (linux/in.h). */
  public static final int IPPROTO_IP = 0;

  /** Multicast: all groups of the machine, or only those joined by this socket (linux/in.h). */
  public static final int IP_MULTICAST_ALL = 49;

  /** Option level of IPv6 (linux/in.h). */
  public static final int IPPROTO_IPV6 = 41;

  /** Hops of multicast packets (linux/in6.h). */
  public static final int IPV6_MULTICAST_HOPS = 18;

  /** IPv6 only, or IPv4 too (linux/in6.h). */
  public static final int IPV6_V6ONLY = 26;

  /** Multicast: all groups of the machine, or only those joined by this socket (linux/in6.h). */
  public static final int IPV6_MULTICAST_ALL = 29;

  /** ioctl of a pidfd, since Linux 6.13: _IOWR(0xFF, 11, struct pidfd_info) (linux/pidfd.h). */
  public static final long PIDFD_GET_INFO = 0xC040FF0BL;

  /** pidfd_info.mask: the exit status, since Linux 6.15 (linux/pidfd.h). */
  public static final long PIDFD_INFO_EXIT = 1L << 3;

  /** sizeof(struct pidfd_info), version 0; exit_code is its last int. */
  public static final int PIDFD_INFO_SIZE = 64;

  // long syscall(long number, ...);
  private static final MemorySegment syscall = symbol("syscall");
  // int ioctl(int fd, unsigned long request, ... /* void *argument */);
  private static final MemorySegment ioctl = symbol("ioctl");
  // int faccessat(int directory, const char *path, int mode, int flags);
  private static final MemorySegment faccessat = symbol("faccessat");
  // int poll(struct pollfd *fds, nfds_t count, int timeout);
  private static final MemorySegment poll = symbol("poll");
  // int pipe2(int fds[2], int flags);
  private static final MemorySegment pipe2 = symbol("pipe2");
  // int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
  private static final MemorySegment accept4 = symbol("accept4");
  // int eventfd(unsigned int initial, int flags);
  private static final MemorySegment eventfd = symbol("eventfd");
  // int epoll_create1(int flags);
  private static final MemorySegment epoll_create1 = symbol("epoll_create1");
  // int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event);
  private static final MemorySegment epoll_ctl = symbol("epoll_ctl");
  // int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout);
  private static final MemorySegment epoll_wait = symbol("epoll_wait");
  // int prlimit(pid_t pid, int resource, const struct rlimit *new, struct rlimit *old);
  private static final MemorySegment prlimit = symbol("prlimit");

  private Linux() {}

  private static CallResult syscall(Syscall name, long a0, long a1, long a2, long a3) {
    return call(syscall, name.number(Platform.current()), a0, a1, a2, a3);
  }

  /** ioctl(2). */
  public static CallResult ioctl(int fd, long request, MemorySegment argument) {
    return call(ioctl, fd, request, argument.address());
  }

  /** faccessat(2), relative to the working directory and for the effective ids. */
  public static CallResult faccessat(MemorySegment path, int mode) {
    return call(faccessat, AT_FDCWD, path.address(), mode, AT_EACCESS);
  }

  /** poll(2). */
  public static CallResult poll(MemorySegment fds, int count, int timeout) {
    return call(poll, fds.address(), count, timeout);
  }

  /** The bytes that can be read from a pipe now: ioctl FIONREAD (asm-generic/ioctls.h). */
  public static int available(int fd) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
      ioctl(fd, FIONREAD, count).orThrow("ioctl(%d, FIONREAD)", fd);
      return count.get(ValueLayout.JAVA_INT, 0);
    }
  }

  /** pipe2(2). */
  public static CallResult pipe2(MemorySegment pair, int flags) {
    return call(pipe2, pair.address(), flags);
  }

  /** accept4(2). */
  public static CallResult accept4(int fd, MemorySegment address, MemorySegment length, int flags) {
    return call(accept4, fd, address.address(), length.address(), flags);
  }

  /** eventfd(2). */
  public static CallResult eventfd(int initial, int flags) {
    return call(eventfd, initial, flags);
  }

  /** epoll_create1(2). */
  public static CallResult epoll_create1(int flags) {
    return call(epoll_create1, flags);
  }

  /** epoll_ctl(2). */
  public static CallResult epoll_ctl(int epfd, int operation, int fd, MemorySegment event) {
    return call(epoll_ctl, epfd, operation, fd, event.address());
  }

  /** epoll_wait(2). */
  public static CallResult epoll_wait(int epfd, MemorySegment events, int max, int timeout) {
    return call(epoll_wait, epfd, events.address(), max, timeout);
  }

  /** prlimit(2). */
  public static CallResult prlimit(
      int pid, int resource, MemorySegment newLimit, MemorySegment oldLimit) {
    return call(prlimit, pid, resource, newLimit.address(), oldLimit.address());
  }

  /** pidfd_open(2), Linux 5.3. The descriptor is close-on-exec. */
  public static CallResult pidfd_open(int pid, int flags) {
    return syscall(Syscall.PIDFD_OPEN, pid, flags, 0, 0);
  }

  /** pidfd_getfd(2), Linux 5.6. The copy is close-on-exec. */
  public static CallResult pidfd_getfd(int pidfd, int fd, int flags) {
    return syscall(Syscall.PIDFD_GETFD, pidfd, fd, flags, 0);
  }

  /** pidfd_send_signal(2), Linux 5.1. */
  public static CallResult pidfd_send_signal(int pidfd, int signal) {
    return syscall(Syscall.PIDFD_SEND_SIGNAL, pidfd, signal, 0, 0);
  }

  /** tgkill(2). */
  public static CallResult tgkill(int process, int thread, int signal) {
    return syscall(Syscall.TGKILL, process, thread, signal, 0);
  }
}
