// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.proc;

import java.nio.charset.StandardCharsets;

/**
 * /proc/PID/stat (proc_pid_stat(5)).
 *
 * @param name of the program, as the kernel cuts it off: 15 bytes
 * @param state Z for one that has ended and was not waited for
 * @param startTime in ticks since the machine started: with the pid it names a process for good
 */
public record ProcessStat(
    int pid,
    String name,
    char state,
    int parent,
    int group,
    int session,
    int threads,
    long startTime) {
  private static final String FILE = "/proc/PID/stat";

  /**
   * Parses it. The name may hold blanks, brackets and line ends; what counts is behind the last
   * closing bracket.
   */
  public static ProcessStat parse(byte[] text, int length) throws ProcFormatException {
    int end = Math.min(length, text.length);
    int open = 0;
    while (open < end && text[open] != '(') {
      open++;
    }
    int close = end - 1;
    while (close > open && text[close] != ')') {
      close--;
    }
    if (close <= open) {
      throw new Words(FILE, text, 0, end).bad("no name");
    }
    int pid = new Words(FILE, text, 0, open).integer(10);
    String name = new String(text, open + 1, close - open - 1, StandardCharsets.UTF_8);
    Words rest = new Words(FILE, text, close + 1, end);
    char state = rest.character();
    int parent = rest.integer(10);
    int group = rest.integer(10);
    int session = rest.integer(10);
    rest.skip(13); // tty_nr … nice
    int threads = rest.integer(10);
    rest.skip(); // itrealvalue
    return new ProcessStat(pid, name, state, parent, group, session, threads, rest.number(10));
  }

  /** Is it the same process, and not another one with the same pid later? */
  public boolean isSameProcess(ProcessStat other) {
    return pid == other.pid && startTime == other.startTime;
  }
}
