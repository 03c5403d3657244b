// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.proc;

import java.util.ArrayList;
import java.util.List;

/**
 * /proc/PID/fdinfo/N (proc_pid_fdinfo(5)). Lines that are not known are passed over: each kernel
 * has new ones.
 *
 * @param flags access mode and status flags as of open(2), with O_CLOEXEC for the descriptor's own
 * @param watched of an epoll set: the numbers that were put into it, as they were named then
 * @param watches of an inotify instance: how many
 * @param pid of a pidfd: the process, -1 if it has ended and was waited for; 0 of anything else
 * @param hasPid is it a pidfd
 * @param signals of a signalfd: its mask, bit 0 for signal 1
 */
public record FdInfo(
    int flags, List<Integer> watched, int watches, boolean hasPid, int pid, long signals) {
  private static final String FILE = "/proc/PID/fdinfo/N";

  /** Parses it. */
  public static FdInfo parse(byte[] text, int length) throws ProcFormatException {
    boolean hasFlags = false;
    int flags = 0;
    List<Integer> watched = new ArrayList<>();
    int watches = 0;
    boolean hasPid = false;
    int pid = 0;
    long signals = 0;
    Lines lines = new Lines(text, length);
    while (lines.next()) {
      if (lines.begins("flags:")) {
        flags = lines.words(FILE, 6).integer(8);
        hasFlags = true;
      } else if (lines.begins("tfd:")) {
        watched.add(lines.words(FILE, 4).integer(10));
      } else if (lines.begins("inotify ")) {
        watches++;
      } else if (lines.begins("Pid:")) {
        pid = (int) lines.words(FILE, 4).signed();
        hasPid = true;
      } else if (lines.begins("sigmask:")) {
        signals = mask(lines.words(FILE, 8));
      }
    }
    if (!hasFlags) {
      throw new ProcFormatException("no flags in " + FILE);
    }
    return new FdInfo(flags, List.copyOf(watched), watches, hasPid, pid, signals);
  }

  /** 16 hexadecimal digits, the first of which may use all its bits. */
  private static long mask(Words words) throws ProcFormatException {
    words.isAtEnd();
    long high = words.digits(16, 8);
    return high << 32 | words.digits(16, 8);
  }
}
