// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.handle.AboveStandard;
import io.github.noinherit.internal.handle.AtomicOpen;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.posix.Environ;
import io.github.noinherit.internal.posix.Errno;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/*
 * Children over a restart in place. They stay children of this process, as it keeps its pid, but
 * nobody in the new program waits for them: each would be a zombie when it ends, for as long as the
 * process lives.
 *
 * So the old program leaves their pids and start times in a variable of the environment, and the new
 * one takes them up. The pid of a child for which nobody has waited is no other process'; that it is
 * a child of ours, with that start time, is looked at after its pidfd was opened.
 */
public final class FormerChildren {
  /** {@code PID@MILLISECONDS,…}. */
  public static final String VARIABLE = "NOINHERIT_CHILDREN";

  private FormerChildren() {}

  /** Leaves the children of this process in the environment of the next program. */
  static void note(Environment environment) {
    String children =
        ProcessHandle.current()
            .children()
            .map(c -> c.pid() + "@" + started(c))
            .collect(Collectors.joining(","));
    if (children.isEmpty()) {
      environment.remove(VARIABLE);
    } else {
      environment.put(VARIABLE, children);
    }
  }

  private static long started(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(-1L);
  }

  /** Pure: pids with their start times; what cannot be understood is none. */
  static Map<Long, Long> parse(String variable) {
    Map<Long, Long> children = new LinkedHashMap<>();
    for (String child : variable.split(",", -1)) {
      if (child.matches("[1-9][0-9]{0,8}@-?[0-9]{1,17}")) {
        int at = child.indexOf('@');
        children.put(
            Long.parseLong(child.substring(0, at)), Long.parseLong(child.substring(at + 1)));
      }
    }
    return children;
  }

  /** The children that the program before this one has left, watched from now on. Called once. */
  public static List<Child> takeUp() throws IOException {
    List<Child> children = new ArrayList<>();
    for (Map.Entry<Long, Long> child : parse(Environ.value(VARIABLE)).entrySet()) {
      Child c = take(child.getKey(), child.getValue());
      if (c != null) {
        children.add(c);
      }
    }
    return children;
  }

  private static boolean leadsGroup(int pid) throws IOException {
    return ProcessTable.of(pid).filter(process -> process.group() == pid).isPresent();
  }

  private static @Nullable Child take(long pid, long started) throws IOException {
    CallResult opened = Linux.pidfd_open((int) pid, 0);
    if (opened.failed() && opened.errno() == Errno.ESRCH) {
      return null;
    }
    int pidfd = AboveStandard.move(opened.orThrow("pidfd_open(%d, 0)", pid));
    try {
      boolean isOurs =
          Children.isUnwaited(pidfd)
              && ProcessHandle.of(pid)
                  .filter(p -> p.parent().equals(Optional.of(ProcessHandle.current())))
                  .filter(p -> started(p) == started)
                  .isPresent();
      if (!isOurs) {
        Children.close(pidfd);
        return null;
      }
      Child child =
          new Child(
              new Executor.Started((int) pid, pidfd),
              StandardStreams.nobodyToWriteTo(),
              StandardStreams.nothingToRead(),
              StandardStreams.nothingToRead(),
              new LinkedTree((int) pid, leadsGroup((int) pid)));
      Reaper.running().watch(child);
      return child;
    } catch (IOException | RuntimeException | Error e) {
      AtomicOpen.close(pidfd, e);
      throw e;
    }
  }
}
