// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import io.github.noinherit.internal.proc.ProcessStat;

/**
 * A process at one moment.
 *
 * @param pid its number
 * @param name of its program, as the kernel cuts it off: 15 bytes; its threads can change it
 * @param parent its parent now. If the one that started it has ended, that is another one
 * @param startTime in clock ticks since the machine started; with the pid it names a process for
 *     good, as pids are given again
 */
public record ProcessInfo(long pid, String name, long parent, long startTime) {
  static ProcessInfo of(ProcessStat stat) {
    return new ProcessInfo(stat.pid(), stat.name(), stat.parent(), stat.startTime());
  }

  @Override
  public String toString() {
    return pid + " (" + name + ")";
  }
}
