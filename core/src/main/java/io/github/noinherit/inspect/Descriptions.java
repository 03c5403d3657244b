// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import io.github.noinherit.inspect.Lineage.Sameness;
import io.github.noinherit.internal.linux.ProcReader;
import io.github.noinherit.internal.posix.Errno;
import java.util.ArrayList;
import java.util.List;

/*
 * Which descriptors are copies of one open file description.
 *
 * kcmp(2) tells it, and gives descriptions an order: so each one is looked for among those that are
 * known by halves, and few calls do for many descriptors. It needs the same right as looking at the
 * descriptors of a process; where there is no kcmp, or a filter forbids it, a socket is still known:
 * it has one open file description only, as nothing opens a socket a second time (open(2) of
 * /proc/PID/fd/N of a socket is answered ENXIO). For the rest the same file is all that is known.
 */
final class Descriptions {
  /** kcmp: the first is less, the first is greater (kcmp(2)). */
  private static final int LESS = 1;

  private static final int GREATER = 2;

  private record One(int pid, int fd, int number) {}

  /** Where a descriptor belongs. */
  record Place(int number, Sameness sameness) {}

  private final ProcReader reader;
  private final boolean isSocket;
  private final List<One> known = new ArrayList<>();
  private int next;

  /**
   * For descriptors of one file.
   *
   * @param first the number of the first description
   */
  Descriptions(ProcReader reader, boolean isSocket, int first) {
    this.reader = reader;
    this.isSocket = isSocket;
    next = first;
  }

  /** The number that a further description would get. */
  int next() {
    return next;
  }

  /**
   * The descriptions of descriptors: nearly always all are the first one's, so that is asked first.
   */
  List<Place> of(int[] pids, int[] fds) {
    List<Place> classes = new ArrayList<>();
    if (pids.length == 0) {
      return classes;
    }
    Place first = of(pids[0], fds[0]);
    int[] orders = reader.compareWithEach(pids[0], fds[0], pids, fds);
    for (int i = 0; i < pids.length; i++) {
      classes.add(
          i == 0
              ? first
              : orders[i] == 0
                  ? new Place(first.number(), Sameness.COMPARED)
                  : of(pids[i], fds[i]));
    }
    return classes;
  }

  /** The description of a descriptor. */
  Place of(int pid, int fd) {
    int from = 0;
    int end = known.size();
    while (from < end) {
      int middle = (from + end) >>> 1;
      One one = known.get(middle);
      int order = reader.compare(pid, fd, one.pid(), one.fd());
      switch (order) {
        case 0 -> {
          return new Place(one.number(), Sameness.COMPARED);
        }
        case LESS -> end = middle;
        case GREATER -> from = middle + 1;
        default -> {
          return withoutOrder(pid, fd, order);
        }
      }
    }
    int number = next++;
    known.add(from, new One(pid, fd, number));
    boolean isAllowed = reader.compare(pid, fd, pid, fd) == 0;
    return new Place(
        number, isAllowed ? Sameness.COMPARED : isSocket ? Sameness.SOCKET : Sameness.FILE_ONLY);
  }

  /** The other one was closed meanwhile, or kcmp may not be called. */
  private Place withoutOrder(int pid, int fd, int order) {
    if (order == -Errno.EBADF || order == -Errno.ESRCH) {
      for (One one : known) {
        if (reader.compare(pid, fd, one.pid(), one.fd()) == 0) {
          return new Place(one.number(), Sameness.COMPARED);
        }
      }
    }
    if (isSocket) {
      return new Place(known.getFirst().number(), Sameness.SOCKET);
    }
    return new Place(known.getFirst().number(), Sameness.FILE_ONLY);
  }
}
