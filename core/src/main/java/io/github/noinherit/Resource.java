// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

/**
 * A resource whose use {@link Spawn#limit} limits in the child: the names of getrlimit(2) without
 * their RLIMIT_. The limit of open files has a method of its own, {@link Spawn#openFileLimit}, as
 * the numbers of passed handles are checked against it. RLIMIT_RSS and RLIMIT_LOCKS are missing
 * here: Linux ignores them (getrlimit(2)).
 */
public enum Resource {
  /** Seconds of processor time. */
  CPU(0),
  /** Bytes of a file that is written. */
  FSIZE(1),
  /** Bytes of the data segment. */
  DATA(2),
  /** Bytes of the stack. */
  STACK(3),
  /** Bytes of a core dump. */
  CORE(4),
  /** Processes of the child's user, not of the child. */
  NPROC(6),
  /** Bytes of locked memory. */
  MEMLOCK(8),
  /** Bytes of address space. */
  AS(9),
  /** Signals that are queued for the child's user. */
  SIGPENDING(11),
  /** Bytes of POSIX message queues of the child's user. */
  MSGQUEUE(12),
  /** To which the nice value may be raised, as 20 less it. */
  NICE(13),
  /** The real-time priority. */
  RTPRIO(14),
  /** Microseconds of processor time that a real-time process may take without a blocking call. */
  RTTIME(15);

  /** No limit: RLIM_INFINITY. */
  public static final long UNLIMITED = -1;

  private final int number;

  Resource(int number) {
    this.number = number;
  }

  /** {@return its number in the kernel: asm-generic/resource.h} */
  public int number() {
    return number;
  }
}
