// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import java.io.IOException;

/** A way to start a child. All ways start the same child, or say what they cannot do. */
interface Executor {
  /** The remedy when clone or posix_spawn answers EAGAIN (clone(2), ERRORS). */
  String NO_MORE_PROCESSES =
      "no more processes may be started: see ulimit -u, systemd's TasksMax=, and the cgroup's"
          + " pids.max";

  /**
   * A child that has begun to run its program.
   *
   * @param pid its process id
   * @param pidfd a descriptor that names it for good (pidfd_open(2)), close-on-exec, above 2;
   *     {@link Children#GONE} if it has ended and somebody else has waited for it before there was
   *     one
   */
  record Started(int pid, int pidfd) {}

  /**
   * Starts a child. All or nothing: on failure no process, zombie or descriptor is left.
   *
   * @throws io.github.noinherit.HandleClosedException if a handle was closed meanwhile
   * @throws ExecFormat if the program is neither a binary nor a script with an interpreter line
   * @throws IOException if the system refuses, with the call that failed
   */
  Started start(ChildSpec spec) throws IOException;

  /** The child could not register with the guardian; it has not run. */
  final class NotRegistered extends IOException {
    private static final long serialVersionUID = 1L;

    NotRegistered(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /** execve answered ENOEXEC: the candidate at this index may be a script for the shell. */
  final class ExecFormat extends IOException {
    private static final long serialVersionUID = 1L;

    /** Which of the candidates. */
    final int candidate;

    ExecFormat(int candidate, IOException cause) {
      super(cause.getMessage(), cause);
      this.candidate = candidate;
    }
  }
}
