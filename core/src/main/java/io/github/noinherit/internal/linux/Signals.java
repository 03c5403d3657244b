// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.internal.posix.Posix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** What this process does on each signal. */
public final class Signals {
  /** The highest signal number: _NSIG (asm/signal.h). */
  public static final int HIGHEST = 64;

  /** SIGKILL and SIGSTOP, whose dispositions cannot change (asm/signal.h). */
  public static final int SIGKILL = 9;

  /** See {@link #SIGKILL}. */
  public static final int SIGSTOP = 19;

  /** The polite request to end (asm/signal.h). */
  public static final int SIGTERM = 15;

  /** Sent to the parent when a child ends (asm/signal.h). */
  public static final int SIGCHLD = 17;

  /** glibc keeps 32 and 33 for itself; sigaction(2) refuses to speak of them. */
  private static final int GLIBC_FIRST = 32;

  private static final int GLIBC_LAST = 33;
  private static final int STRUCT_SIGACTION = 152;
  private static final long SIG_IGN = 1;

  private Signals() {}

  /**
   * The signals that a child must set back to their default action: those with a handler. Ignored
   * ones stay ignored, so that nohup(1) reaches the child. glibc's own two are always in the list.
   */
  public static List<Integer> handled() {
    List<Integer> handled = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment old = arena.allocate(STRUCT_SIGACTION, 8);
      for (int signal = 1; signal <= HIGHEST; signal++) {
        if (signal == SIGKILL || signal == SIGSTOP) {
          continue;
        }
        if (signal >= GLIBC_FIRST && signal <= GLIBC_LAST) {
          handled.add(signal);
          continue;
        }
        boolean known = !Posix.sigaction(signal, MemorySegment.NULL, old).failed();
        if (known && Long.compareUnsigned(old.get(JAVA_LONG, 0), SIG_IGN) > 0) {
          handled.add(signal);
        }
      }
    }
    return handled;
  }
}
