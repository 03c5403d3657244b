// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/*
 * Starts of ProcessBuilder that other threads are in the middle of when protection is installed or
 * removed.
 *
 * A start makes its pipes, then jspawnhelper, and then closes the child's ends; it takes about a
 * millisecond.
 *
 *  - Installing: a start whose pipes were made before the change has inheritable ones, and
 *    jspawnhelper needs them so. The sweep comes when they are through.
 *  - Removing: a start whose pipes were made by our hook needs the hook of posix_spawn. That is
 *    taken out last, when they are through.
 *
 * A start that begins after the change is of the new kind and needs no care. So it is waited until
 * one of these is seen:
 *
 *  1. No thread is inside ProcessImpl.forkAndExec. Its state and its stack trace tell that for
 *     sure, however long a thread has been without a processor, but not for a virtual thread: of a
 *     carrier that runs one it says only that it does, and this way then says nothing. (Of a JVM
 *     with -XX:-VMContinuations virtual threads are not seen at all.)
 *  2. Twice in a row, PAUSE apart, no pipe in the kernel's table has both its ends here, has the
 *     flags in question, and was made or written to within the last second. Only in the middle of a
 *     start are both ends of its pipes in our table.
 *  3. A second has passed: a program may have a pipe with both ends of its own (Pipe.open), and
 *     write to it all the time.
 *
 * What remains, by 2 and 3: a start whose thread got no processor, for more than the time waited,
 * between reading the slot and the system call behind it. It would fail ("Incorrect FD array
 * data").
 */
final class Starts {
  private static final long LONGEST = TimeUnit.SECONDS.toNanos(1);
  private static final long PAUSE_MILLIS = 2;

  private Starts() {}

  /**
   * Waits until no start is in the middle that began before the change, at most a second.
   *
   * @param flags the descriptor flags that its pipes have
   */
  static void awaitThrough(int flags) throws IOException {
    long begin = System.nanoTime();
    int quiet = 0;
    boolean interrupted = false;
    while (!nobodyStarts() && quiet < 2 && System.nanoTime() - begin < LONGEST) {
      quiet = Table.youngPipes(flags).isEmpty() ? quiet + 1 : 0;
      if (quiet < 2) {
        try {
          Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Is it certain that no thread is inside the JDK's start of a process? */
  private static boolean nobodyStarts() {
    for (Thread t : JavaThreads.running()) {
      for (StackTraceElement f : t.getStackTrace()) {
        boolean isStart =
            f.getClassName().equals("java.lang.ProcessImpl")
                && f.getMethodName().equals("forkAndExec");
        if (isStart || JavaThreads.hidesVirtual(f)) {
          return false;
        }
      }
    }
    return true;
  }
}
