// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/*
 * Starts of ProcessBuilder that other threads are in the middle of when protection is installed or
 * removed.
 *
 * A start makes its pipes, then jspawnhelper, and then closes the child's ends. Only in between are
 * both ends of such a pipe in our table; it takes about a millisecond.
 *
 *  - Installing: a start whose pipes were made before the change has inheritable ones, and
 *    jspawnhelper needs them so. The sweep leaves them until they are through.
 *  - Removing: a start whose pipes were made by our hook needs the hook of posix_spawn. That is
 *    taken out last, when they are through.
 *
 * "Through" is seen in the kernel's table, and not in any list of ours: no pipe is left that has
 * both ends here, has the flags in question, and was made or written to within the last second. A
 * pipe that the program itself made within that second (Pipe.open) keeps us waiting until it is a
 * second old, and no longer.
 *
 * What remains: a thread that is stopped by the scheduler for longer than that between reading the
 * slot and the system call behind it. Its start would fail with "Incorrect FD array data" or the
 * like. Two looks that see nothing, GRACE apart, make that window a matter of a thread that got no
 * processor for all that time.
 */
final class Starts {
  private static final long LONGEST = TimeUnit.SECONDS.toNanos(1);
  private static final long GRACE_MILLIS = 2;

  private Starts() {}

  /**
   * Waits until no start is in the middle with pipes of the given descriptor flags, at most a
   * second.
   */
  static void awaitThrough(int flags) throws IOException {
    long begin = System.nanoTime();
    int quiet = 0;
    boolean interrupted = false;
    while (quiet < 2 && System.nanoTime() - begin < LONGEST) {
      quiet = Table.youngPipes(flags).isEmpty() ? quiet + 1 : 0;
      if (quiet < 2) {
        try {
          Thread.sleep(GRACE_MILLIS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
