// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import io.github.noinherit.internal.ffi.Platform;

/**
 * System calls that are made by number: the steps of a child that has no libc, and calls for which
 * glibc 2.34 has no function.
 *
 * <p>Numbers: arch/x86/entry/syscalls/syscall_64.tbl, and include/uapi/asm-generic/unistd.h for
 * aarch64.
 */
public enum Syscall {
  /** long read(int fd, void *buffer, size_t length). */
  READ(0, 63),
  /** long write(int fd, const void *buffer, size_t length). */
  WRITE(1, 64),
  /** long close(int fd). */
  CLOSE(3, 57),
  /**
   * long rt_sigaction(int sig, const struct sigaction *act, struct sigaction *old, size_t size).
   */
  RT_SIGACTION(13, 134),
  /** long rt_sigprocmask(int how, const sigset_t *set, sigset_t *old, size_t size). */
  RT_SIGPROCMASK(14, 135),
  /** long sendto(int fd, const void *buffer, size_t length, int flags, address, int length). */
  SENDTO(44, 206),
  /** long recvmsg(int fd, struct msghdr *message, unsigned flags). */
  RECVMSG(47, 212),
  /** pid_t getpid(void). */
  GETPID(39, 172),
  /** long accept(int fd, struct sockaddr *address, socklen_t *length). */
  ACCEPT(43, 202),
  /** long clone(flags, stack, parent_tid, child_tid, tls); the last two swapped on aarch64. */
  CLONE(56, 220),
  /** long execve(const char *path, char *const argv[], char *const envp[]). */
  EXECVE(59, 221),
  /** long fcntl(int fd, int command, long argument). */
  FCNTL(72, 25),
  /** long chdir(const char *path). */
  CHDIR(80, 49),
  /** long umask(mode_t mask). */
  UMASK(95, 166),
  /** long setpgid(pid_t pid, pid_t group). */
  SETPGID(109, 154),
  /** long setsid(void). */
  SETSID(112, 157),
  /** long setgroups(int count, const gid_t *groups). */
  SETGROUPS(116, 159),
  /** long setresuid(uid_t real, uid_t effective, uid_t saved). */
  SETRESUID(117, 147),
  /** long setresgid(gid_t real, gid_t effective, gid_t saved). */
  SETRESGID(119, 149),
  /** long prctl(int option, ...). */
  PRCTL(157, 167),
  /** long getxattr(const char *path, const char *name, void *value, size_t size). */
  GETXATTR(191, 8),
  /** long getdents64(unsigned fd, struct linux_dirent64 *entries, unsigned length). */
  GETDENTS64(217, 61),
  /** long tgkill(pid_t process, pid_t thread, int signal). */
  TGKILL(234, 131),
  /** void exit_group(int status). */
  EXIT_GROUP(231, 94),
  /** long openat(int directory, const char *path, int flags, mode_t mode). */
  OPENAT(257, 56),
  /** long readlinkat(int directory, const char *path, char *buffer, size_t length). */
  READLINKAT(267, 78),
  /** long accept4(int fd, struct sockaddr *address, socklen_t *length, int flags). */
  ACCEPT4(288, 242),
  /** long dup3(int old, int new, int flags). */
  DUP3(292, 24),
  /** long prlimit64(pid_t pid, int resource, const struct rlimit *new, struct rlimit *old). */
  PRLIMIT64(302, 261),
  /** long kcmp(pid_t pid1, pid_t pid2, int type, unsigned long index1, unsigned long index2). */
  KCMP(312, 272),
  /** long statx(int directory, const char *path, unsigned flags, unsigned mask, struct statx *). */
  STATX(332, 291),
  /** long pidfd_send_signal(int pidfd, int signal, siginfo_t *info, unsigned flags). */
  PIDFD_SEND_SIGNAL(424, 424),
  /** long pidfd_open(pid_t pid, unsigned flags). */
  PIDFD_OPEN(434, 434),
  /** long clone3(struct clone_args *args, size_t size). */
  CLONE3(435, 435),
  /** long pidfd_getfd(int pidfd, int fd, unsigned flags). */
  PIDFD_GETFD(438, 438),
  /** long close_range(unsigned first, unsigned last, unsigned flags). */
  CLOSE_RANGE(436, 436);

  private final int onX86;
  private final int onAarch64;

  Syscall(int onX86, int onAarch64) {
    this.onX86 = onX86;
    this.onAarch64 = onAarch64;
  }

  /** The call's number on a platform. */
  public int number(Platform platform) {
    return switch (platform) {
      case LINUX_X86_64 -> onX86;
      case LINUX_AARCH64 -> onAarch64;
      case OTHER ->
          throw new UnsupportedOperationException("no Linux system calls on this platform");
    };
  }
}
