// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.noinherit.internal.posix.FileStatus;
import io.github.noinherit.internal.posix.Posix;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/*
 * Makes what is open already close-on-exec, and puts it back.
 *
 * It runs after the slots are changed, so nothing that the JDK opens meanwhile escapes it. Each
 * flag that it sets is recorded with what the number named, and given back only to a descriptor
 * that still names that: the same file, opened for the same access, or the same eventfd. Epoll
 * sets, timers and their like cannot be told from each other, and stay non-inheritable. If a number
 * was closed and now names the same file again, that cannot be told from the one that was swept,
 * and it is made inheritable, as every file opened after the removal is.
 */
final class Sweep {
  private static final int O_ACCMODE = 3;

  /**
   * Of an anonymous inode that is no eventfd: all of them share one, and nothing tells them apart.
   */
  private static final long UNKNOWN = -1;

  private Sweep() {}

  /**
   * Sets the flag on every open descriptor above 2 that does not have it.
   *
   * @param kept numbers that stay as they are
   * @return what was changed
   */
  static List<SweptFlag> sweep(Set<Integer> kept, Steps steps) throws IOException {
    List<SweptFlag> swept = new ArrayList<>();
    try {
      Starts.awaitThrough(0);
      for (int fd : Table.numbers()) {
        if (fd > 2 && !kept.contains(fd) && Table.flags(fd) == 0) {
          SweptFlag flag = look(fd);
          if (flag != null) {
            steps.before("setting the flag of descriptor " + fd);
            swept.add(flag);
            set(fd, Posix.FD_CLOEXEC);
          }
        }
      }
      return swept;
    } catch (IOException | RuntimeException | Error e) {
      try {
        putBack(swept);
      } catch (IOException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
  }

  /** Clears the flags that a sweep has set, where the number still names the same. */
  static void putBack(List<SweptFlag> swept) throws IOException {
    for (SweptFlag f : swept) {
      if (f.id() != UNKNOWN && f.equals(look(f.fd()))) {
        set(f.fd(), 0);
      }
    }
  }

  /** Sets flags again that {@link #putBack} has cleared. */
  static void setAgain(List<SweptFlag> swept) throws IOException {
    for (SweptFlag f : swept) {
      if (f.equals(look(f.fd()))) {
        set(f.fd(), Posix.FD_CLOEXEC);
      }
    }
  }

  /** A descriptor may be closed by another thread at any moment, and that is no error. */
  private static void set(int fd, int flags) throws IOException {
    var result = Posix.fcntl(fd, Posix.F_SETFD, flags);
    if (result.failed() && Table.flags(fd) != -1) {
      result.orThrow("fcntl(%d, F_SETFD, %d)", fd, flags);
    }
  }

  private static @Nullable SweptFlag look(int fd) throws IOException {
    FileStatus status = FileStatus.ifOpen(fd);
    int open = Posix.fcntl(fd, Posix.F_GETFL, 0).intValue();
    if (status == null || open == -1) {
      return null;
    }
    boolean isPlain = (status.mode() & 0170000) != 0; // anonymous inodes have no type
    long id = isPlain ? 0 : eventfdId(fd);
    return new SweptFlag(fd, status.device(), status.inode(), open & O_ACCMODE, id);
  }

  /** The number that the kernel has given to an eventfd: proc_pid_fdinfo(5). */
  private static long eventfdId(int fd) throws IOException {
    String info;
    try (FileInputStream in = new FileInputStream("/proc/self/fdinfo/" + fd)) {
      info = new String(in.readAllBytes(), US_ASCII);
    } catch (FileNotFoundException e) {
      return UNKNOWN; // closed meanwhile
    }
    for (String line : info.split("\n", -1)) {
      if (line.startsWith("eventfd-id:")) {
        return Long.parseLong(line.substring("eventfd-id:".length()).strip());
      }
    }
    return UNKNOWN;
  }
}
