// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.internal.protect.Cover.AddFlag;
import io.github.noinherit.internal.protect.Cover.AddToMode;
import io.github.noinherit.internal.protect.Cover.Creat;
import io.github.noinherit.internal.protect.Cover.Dup;
import io.github.noinherit.internal.protect.Cover.Dup2;
import io.github.noinherit.internal.protect.Cover.EpollCreate;
import io.github.noinherit.internal.protect.Cover.Fcntl;
import io.github.noinherit.internal.protect.Cover.Instead;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/*
 * The C functions through which a library can get a new descriptor, and what is done about each.
 * By function, not by one vendor's spelling: open is open64, __open_2 (what a fortified build
 * calls) and openat too, and a function that takes a close-on-exec flag may be called without it.
 *
 *  - COVERED: a hook makes its descriptors close-on-exec.
 *  - LEFT: not covered, in the libraries named, for the reason given there, which was measured.
 *  - WITHOUT_HOOK: cannot be covered. The import audit fails on one of these in any other library.
 *
 * Not in the tables, since they create no descriptor or only close-on-exec ones: opendir, dlopen,
 * shm_open, fdopen, getaddrinfo (glibc opens what it needs for itself with O_CLOEXEC and
 * SOCK_CLOEXEC), fork and exec.
 */
public final class Creators {
  /** O_CLOEXEC = SOCK_CLOEXEC = EFD_CLOEXEC = … on x86-64 and aarch64. */
  private static final int CLOEXEC = 02000000;

  /** linux/memfd.h. */
  private static final int MFD_CLOEXEC = 1;

  /** linux/fanotify.h. */
  private static final int FAN_CLOEXEC = 1;

  /** linux/socket.h. */
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;

  private static final Map<String, Cover> COVERED = covered();

  private static Map<String, Cover> covered() {
    Map<String, Cover> m = new HashMap<>();
    Cover second = new AddFlag(1, CLOEXEC);
    Cover third = new AddFlag(2, CLOEXEC);
    for (String open : List.of("open", "open64", "__open", "__open64", "__open_2", "__open64_2")) {
      m.put(open, second);
    }
    for (String openat : List.of("openat", "openat64", "__openat_2", "__openat64_2")) {
      m.put(openat, third);
    }
    m.put("creat", new Creat());
    m.put("creat64", new Creat());
    m.put("open_by_handle_at", third);
    for (String stream : List.of("fopen", "fopen64", "_IO_fopen", "popen", "_IO_popen")) {
      m.put(stream, new AddToMode());
    }
    m.put("mkstemp", new Instead("mkostemp", 1, CLOEXEC));
    m.put("mkstemp64", new Instead("mkostemp64", 1, CLOEXEC));
    m.put("mkostemp", second);
    m.put("mkostemp64", second);
    m.put("mkstemps", new Instead("mkostemps", 2, CLOEXEC));
    m.put("mkstemps64", new Instead("mkostemps64", 2, CLOEXEC));
    m.put("mkostemps", third);
    m.put("mkostemps64", third);
    m.put("posix_openpt", new AddFlag(0, CLOEXEC));
    m.put("dup", new Dup());
    m.put("dup2", new Dup2());
    m.put("__dup2", new Dup2());
    m.put("dup3", third);
    m.put("fcntl", new Fcntl());
    m.put("fcntl64", new Fcntl());
    m.put("__fcntl", new Fcntl());
    m.put("pipe", new Instead("pipe2", 1, CLOEXEC));
    m.put("__pipe", new Instead("pipe2", 1, CLOEXEC));
    m.put("pipe2", second);
    m.put("socket", second);
    m.put("socketpair", second);
    m.put("accept", new Instead("accept4", 3, CLOEXEC));
    m.put("accept4", new AddFlag(3, CLOEXEC));
    m.put("recvmsg", new AddFlag(2, MSG_CMSG_CLOEXEC));
    m.put("recvmmsg", new AddFlag(3, MSG_CMSG_CLOEXEC));
    m.put("eventfd", second);
    m.put("epoll_create", new EpollCreate());
    m.put("epoll_create1", new AddFlag(0, CLOEXEC));
    m.put("inotify_init", new Instead("inotify_init1", 0, CLOEXEC));
    m.put("inotify_init1", new AddFlag(0, CLOEXEC));
    m.put("timerfd_create", second);
    m.put("signalfd", third);
    m.put("fanotify_init", new AddFlag(0, FAN_CLOEXEC));
    m.put("memfd_create", new AddFlag(1, MFD_CLOEXEC));
    return Map.copyOf(m);
  }

  /**
   * glibc has no flag for these, or one cannot see what they do, or none of the JDKs looked at uses
   * them. Those that glibc or the kernel always make close-on-exec are not among them: pidfd_open,
   * pidfd_getfd, mq_open, shm_open, opendir, setmntent, syslog.
   */
  private static final Set<String> WITHOUT_HOOK =
      Set.of(
          "forkpty",
          "freopen",
          "freopen64",
          "fsmount",
          "fsopen",
          "fspick",
          "getpt",
          "memfd_secret",
          "open_tree",
          "openpty",
          "perf_event_open",
          "rcmd",
          "rcmd_af",
          "rexec",
          "rexec_af",
          "rresvport",
          "rresvport_af",
          "syscall",
          "tmpfile",
          "tmpfile64",
          "userfaultfd");

  /** Not covered: in a library, a function, why. */
  private record Left(String library, String function, String reason) {}

  private static final List<Left> LEFT =
      List.of(
          new Left(
              "libjava.so",
              "dup2",
              "makes the standard streams 0, 1 and 2, which children are meant to get"),
          new Left(
              "libnio.so",
              "syscall",
              "a call by number: its only one is newfstatat, which creates nothing"),
          new Left(
              "libjvm.so",
              "syscall",
              "calls by number: the only one that creates is memfd_create, and it is called with"
                  + " MFD_CLOEXEC (ZGC)"));

  /** A variable that holds a creator which a library found by dlsym: library, function. */
  static final Map<String, String> VARIABLES = Map.of("libnio.so", "openat64");

  private Creators() {}

  /** How a function is covered in a library, or null if it is not: see {@link #leftReason}. */
  static @Nullable Cover cover(String library, String function) {
    return leftReason(library, function) != null ? null : COVERED.get(function);
  }

  /** {@return all functions that can be covered} */
  static Map<String, Cover> covers() {
    return COVERED;
  }

  /** {@return all functions that create descriptors, covered or not} */
  public static Set<String> functions() {
    Set<String> all = new HashSet<>(COVERED.keySet());
    all.addAll(WITHOUT_HOOK);
    return all;
  }

  /** Is a creator covered when a library calls it? */
  public static boolean isCovered(String library, String function) {
    return cover(library, function) != null;
  }

  /** Does a library keep this creator, found by dlsym, in a variable that is covered? */
  public static boolean isCoveredVariable(String library, String function) {
    return function.equals(VARIABLES.get(library));
  }

  /** Why a function is not covered in a library, or null if it is, or creates nothing. */
  public static @Nullable String leftReason(String library, String function) {
    for (Left l : LEFT) {
      if (l.function().equals(function) && l.library().equals(library)) {
        return l.reason();
      }
    }
    return null;
  }
}
