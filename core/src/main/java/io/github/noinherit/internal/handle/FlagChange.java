// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.posix.Posix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Makes descriptors close-on-exec, and can take that back. */
final class FlagChange {
  private final List<Integer> changed = new ArrayList<>();

  /** Sets the flag of one that does not have it. */
  void closeOnExec(int fd) throws IOException {
    int flags = Posix.fcntl(fd, Posix.F_GETFD, 0).orThrow("fcntl(%d, F_GETFD)", fd);
    if ((flags & Posix.FD_CLOEXEC) == 0) {
      Posix.fcntl(fd, Posix.F_SETFD, Posix.FD_CLOEXEC)
          .orThrow("fcntl(%d, F_SETFD, FD_CLOEXEC)", fd);
      changed.add(fd);
    }
  }

  /** Takes back what was set, because of a failure, which remembers if that failed too. */
  void undo(Throwable why) {
    for (int fd : changed) {
      CallResult cleared = Posix.fcntl(fd, Posix.F_SETFD, 0);
      if (cleared.failed()) {
        why.addSuppressed(
            new SystemCallException("fcntl(" + fd + ", F_SETFD, 0)", cleared.errno()));
      }
    }
  }
}
