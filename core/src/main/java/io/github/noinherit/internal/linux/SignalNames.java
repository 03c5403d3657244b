// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import java.util.List;

/** Pure: the names of signals (signal(7)); the numbers are those of x86-64 and aarch64. */
public final class SignalNames {
  private static final List<String> NAMES =
      List.of(
          "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
          "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
          "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS");

  private SignalNames() {}

  /** {@return such as {@code SIGKILL (9)}; {@code signal 40} for one without a name} */
  public static String of(int signal) {
    return signal >= 1 && signal <= NAMES.size()
        ? "SIG" + NAMES.get(signal - 1) + " (" + signal + ")"
        : "signal " + signal;
  }
}
