// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.posix.Errno;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Which errors of execve let the next candidate have its turn, and what is said in the end. */
final class ExecFailure {
  /**
   * Errors after which the search goes on, as execvp(3) and ProcessBuilder do. ESTALE and ETIMEDOUT
   * come from network file systems.
   */
  static final List<Integer> GO_ON =
      List.of(
          Errno.EACCES,
          Errno.ENOENT,
          Errno.ENOTDIR,
          Errno.ELOOP,
          Errno.ESTALE,
          Errno.ENODEV,
          Errno.ETIMEDOUT);

  private ExecFailure() {}

  /**
   * The error to report when no candidate worked: the last one's, unless an earlier one was there
   * but not allowed, which is the more useful news.
   *
   * @param errors what each candidate answered, in order
   */
  static int telling(List<Integer> errors) {
    int last = errors.getLast();
    return GO_ON.contains(last) && errors.contains(Errno.EACCES) ? Errno.EACCES : last;
  }

  /** The exception for a program that could not be run. */
  static SystemCallException of(String command, List<byte[]> candidates, List<Integer> errors) {
    int errno = telling(errors);
    byte[] path = candidates.get(errors.lastIndexOf(errno));
    String shown = new String(path, StandardCharsets.UTF_8);
    String remedy =
        switch (errno) {
          case Errno.ENOENT ->
              command.contains("/")
                  ? "there is no such program, or its interpreter (#! line) or dynamic loader is"
                      + " missing"
                  : "no directory of PATH has a program of this name";
          case Errno.EACCES ->
              new File(shown).isDirectory()
                  ? "it is a directory"
                  : "its execute permission is missing (chmod +x), or a directory on the way to it"
                      + " may not be entered, or its file system is mounted noexec";
          case Errno.E2BIG ->
              "arguments and environment together are too large for this system (execve(2),"
                  + " \"Limits on size of arguments and environment\")";
          default -> Errno.remedy(errno);
        };
    return new SystemCallException(
        "cannot run program \"" + command + "\": execve(\"" + shown + "\")", errno, remedy);
  }
}
