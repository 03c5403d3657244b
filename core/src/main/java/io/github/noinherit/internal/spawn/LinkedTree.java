// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.linux.Signals;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.spawn.ProcessTable.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/*
 * A child's tree as parent links and its process group tell it, where no cgroup holds it together.
 *
 * To end it: stop its group, if it has one of its own; look through /proc for the child, who descends from
 * it, and who is in the group or descends from such a one; stop each; look again until there is nobody
 * new; then kill all, and the group. A stopped process starts no others, and does not end and leave
 * its children to init. Who may not be signalled is passed over and told at the end. If /proc cannot be
 * read, for want of descriptors for instance, the child and its group are killed all the same, and it
 * is told that the others were not found.
 *
 * A signal to a group reaches all its members in one step (kill(2)), so a chain of processes each of
 * which starts the next and ends, too fast for a look to see one, does not outrun it.
 *
 * Races:
 *   1. A pid is another's by the time a signal is sent. Signals go through pidfds; after a pidfd was
 *      opened, the process at that pid must still be the one of the look, by its start time.
 *   2. The child itself has ended and its pid is another's. While nobody has waited for it, it is not;
 *      that is asked after the look.
 *   3. The group's number is another's. It is not, as long as the group has a member. When the child
 *      ends the group is asked whether it has. If it has, the number may become free later, without
 *      anybody telling us: then it is taken for the old group's only if nobody has it as a pid, as a
 *      new group's leader has.
 *   4. A parent is killed before its stopped children: the kernel lets a stopped process group that
 *      is orphaned by that go on (SIGHUP and SIGCONT, setpgid(2)), and it starts others. So children
 *      are killed first.
 *   5. A thread that is not its process' first is in the middle of fork(2) when its process stops, and
 *      its child appears behind the last look. It survives.
 *
 * Who has left the group, and whose line of parents to the child or a member is broken, is not found.
 */
final class LinkedTree implements Tree {
  private static final long LONGEST_NANOS = 5_000_000_000L;
  private static final long STOP_NANOS = 50_000_000;
  private static final long PAUSE_NANOS = 200_000;

  private final int pid;
  private final boolean leads;
  private volatile boolean hasEnded;
  private volatile boolean isGroupLeft;

  /**
   * A tree.
   *
   * @param leads does the child lead a group?
   */
  LinkedTree(int pid, boolean leads) {
    this.pid = pid;
    this.leads = leads;
  }

  @Override
  public void ended() {
    isGroupLeft = leads && isGroup(pid);
    hasEnded = true;
  }

  /** Is anybody in the group? Asked of one whose leader has ended. */
  static boolean isGroup(int number) {
    CallResult asked = Posix.kill(-number, 0);
    boolean somebody = !(asked.failed() && asked.errno() == Errno.ESRCH);
    // a process of that number is not of the old group: clone(2) would not have given it
    return somebody && !Files.exists(Path.of("/proc/" + number));
  }

  boolean isGroupLeft() {
    return isGroupLeft;
  }

  @Override
  public void kill(Child child) throws IOException {
    new Hunt(child).run();
  }

  /** One that was stopped. */
  private record Member(Entry process, int pidfd) {}

  /** One search for a tree, and its end. */
  private final class Hunt {
    private final Child child;
    private final Map<Integer, Member> stopped = new LinkedHashMap<>();
    private final Set<Integer> refused = new HashSet<>();
    private @Nullable IOException failure;

    Hunt(Child child) {
      this.child = child;
    }

    void run() throws IOException {
      try {
        signalGroup(Signals.SIGSTOP);
        long end = System.nanoTime() + LONGEST_NANOS;
        while (stopNewOnes()) {
          if (System.nanoTime() > end) {
            throw new IOException(
                "what descends from process " + pid + " becomes more faster than it is stopped");
          }
        }
      } catch (IOException e) {
        failed(e);
      } finally { // whatever happens: what was stopped must not stay so
        killAll();
      }
      if (failure != null) {
        throw failure;
      }
    }

    /** The last found first: parents after their children (race 4). */
    private void killAll() {
      List<Member> all = List.copyOf(stopped.values()).reversed();
      for (Member member : all) {
        try {
          Children.signal(member.pidfd(), Signals.SIGKILL);
        } catch (IOException e) {
          failed(e);
        }
      }
      try {
        signalGroup(Signals.SIGKILL);
        child.signal(Signals.SIGKILL);
      } catch (IOException e) {
        failed(e);
      }
      long end = System.nanoTime() + END_NANOS;
      for (Member member : all) {
        try {
          Children.awaitEnd(member.pidfd(), end - System.nanoTime());
          Children.close(member.pidfd());
        } catch (IOException e) {
          failed(e);
        }
      }
    }

    private boolean isGroupOurs(boolean unwaited) {
      return leads && (unwaited || (hasEnded && isGroupLeft && isGroup(pid)));
    }

    private void signalGroup(int signal) throws IOException {
      if (isGroupOurs(child.isUnwaited())) {
        CallResult sent = Posix.kill(-pid, signal);
        if (sent.failed() && sent.errno() != Errno.ESRCH) {
          failed(new SystemCallException("kill(" + -pid + ", " + signal + ")", sent.errno()));
        }
      }
    }

    private void failed(IOException e) {
      if (failure == null) {
        failure = e;
      } else {
        failure.addSuppressed(e);
      }
    }

    private boolean stopNewOnes() throws IOException {
      ProcessTable table = ProcessTable.now();
      Set<Integer> roots = new HashSet<>(stopped.keySet());
      boolean unwaited = child.isUnwaited();
      if (unwaited) {
        roots.add(pid);
      }
      boolean group = isGroupOurs(unwaited);
      List<Entry> fresh = new ArrayList<>();
      for (Entry e : table.tree(roots, group ? pid : null)) {
        Member known = stopped.get(e.pid());
        boolean isKnown = known != null && known.process().isSameProcess(e);
        if (!isKnown && !refused.contains(e.pid()) && stop(e)) {
          fresh.add(e);
        }
      }
      awaitStopped(fresh);
      return !fresh.isEmpty();
    }

    /** False if it has ended, or may not be signalled. */
    private boolean stop(Entry process) throws IOException {
      CallResult opened = Linux.pidfd_open(process.pid(), 0);
      if (opened.failed() && (opened.errno() == Errno.ESRCH || opened.errno() == Errno.EINVAL)) {
        return false;
      }
      int pidfd = opened.orThrow("pidfd_open(%d, 0)", process.pid());
      try {
        if (ProcessTable.of(process.pid()).filter(process::isSameProcess).isPresent()) {
          Children.signal(pidfd, Signals.SIGSTOP);
          Member ended = stopped.put(process.pid(), new Member(process, pidfd));
          if (ended != null) { // its pid is another's now
            Children.close(ended.pidfd());
          }
          return true;
        }
      } catch (SystemCallException e) {
        // the others can still be found and ended
        refused.add(process.pid());
        failed(
            new SystemCallException(
                "process " + process.pid() + ", which descends from " + pid + ": " + e.call(),
                e.code(),
                e.code() == Errno.EPERM ? "it runs as a user whom this one may not signal" : ""));
      }
      Children.close(pidfd);
      return false;
    }

    /**
     * A process that is in the middle of fork stops when its child is there; then the next look
     * sees it.
     */
    private void awaitStopped(List<Entry> fresh) throws IOException {
      long end = System.nanoTime() + STOP_NANOS;
      for (Entry e : fresh) {
        while (ProcessTable.of(e.pid()).filter(LinkedTree::runs).isPresent()
            && System.nanoTime() < end) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      }
    }
  }

  private static boolean runs(Entry process) {
    return "TtZX".indexOf(process.state()) < 0;
  }
}
