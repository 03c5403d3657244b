// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.internal.posix.FileStatus;
import io.github.noinherit.internal.posix.Posix;
import java.io.File;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** This process' descriptor table, asked of the kernel. */
final class Table {
  private static final File NUMBERS = new File("/proc/self/fd");
  private static final long NANOS_A_SECOND = 1_000_000_000;

  private Table() {}

  /**
   * The numbers that are open, in order; one of them is the look's own, and closed again.
   *
   * @throws UnsupportedOperationException if /proc is not there
   */
  static int[] numbers() throws IOException {
    String[] names = NUMBERS.list();
    if (names == null && NUMBERS.exists()) {
      throw new IOException("/proc/self/fd cannot be read: is no descriptor free?");
    }
    if (names == null) {
      throw new UnsupportedOperationException(
          "/proc/self/fd cannot be read, so what is open already cannot be seen; mount /proc");
    }
    int[] numbers = new int[names.length];
    boolean isSorted = true;
    for (int i = 0; i < names.length; i++) {
      numbers[i] = Integer.parseInt(names[i]);
      isSorted &= i == 0 || numbers[i - 1] < numbers[i];
    }
    if (!isSorted) { // the kernel tells them in order, and sorting costs a JVM's start a
      // millisecond
      Arrays.sort(numbers);
    }
    return numbers;
  }

  /** The descriptor flags, or -1 if the number is not open. */
  static int flags(int fd) {
    return Posix.fcntl(fd, Posix.F_GETFD, 0).intValue();
  }

  /**
   * Pipes both of whose ends are open here, and which were made or written to within the last
   * second.
   *
   * @param flags the descriptor flags that the ends must have
   * @return the numbers of their ends
   */
  static Set<Integer> youngPipes(int flags) throws IOException {
    Map<Long, Integer> firstEnd = new HashMap<>();
    Set<Integer> young = new HashSet<>();
    long now = System.currentTimeMillis() * 1_000_000;
    for (int fd : numbers()) {
      if (fd > 2 && flags(fd) == flags) {
        FileStatus status = FileStatus.ifOpen(fd);
        if (status != null && status.isPipe() && now - status.changed() < NANOS_A_SECOND) {
          Integer other = firstEnd.put(status.inode(), fd);
          if (other != null) {
            young.add(other);
            young.add(fd);
          }
        }
      }
    }
    return young;
  }
}
