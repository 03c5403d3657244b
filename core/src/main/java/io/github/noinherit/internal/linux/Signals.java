// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.posix.Posix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;

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

  /** Ignore: asm-generic/signal-defs.h. */
  public static final long SIG_IGN = 1;

  private Signals() {}

  /** What a child does on a signal: struct sigaction's handler. */
  public enum Disposition {
    /** SIG_DFL. */
    DEFAULT,
    /** SIG_IGN. */
    IGNORE
  }

  /**
   * What a child is to do on each signal but SIGKILL and SIGSTOP: to ignore what is ignored here,
   * so that nohup(1) reaches it, and the default action for everything else. glibc's own two are
   * always default.
   */
  public static Map<Integer, Disposition> forChild() {
    Map<Integer, Disposition> dispositions = new TreeMap<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment old = arena.allocate(STRUCT_SIGACTION, 8);
      for (int signal = 1; signal <= HIGHEST; signal++) {
        if (signal == SIGKILL || signal == SIGSTOP) {
          continue;
        }
        boolean glibcs = signal >= GLIBC_FIRST && signal <= GLIBC_LAST;
        boolean ignored =
            !glibcs
                && !Posix.sigaction(signal, MemorySegment.NULL, old).failed()
                && old.get(JAVA_LONG, 0) == SIG_IGN;
        dispositions.put(signal, ignored ? Disposition.IGNORE : Disposition.DEFAULT);
      }
    }
    return dispositions;
  }

  /** The address of the handler that this process has for a signal, or 0 or 1 if it has none. */
  public static long handler(int signal) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment old = arena.allocate(STRUCT_SIGACTION, 8);
      Posix.sigaction(signal, MemorySegment.NULL, old).orThrow("sigaction(%d, NULL, …)", signal);
      return Native.word(old.address());
    }
  }
}
