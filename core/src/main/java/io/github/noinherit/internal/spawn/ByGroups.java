// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.spawn.Executor.NotRegistered;
import io.github.noinherit.internal.spawn.Guardian.Kind;
import io.github.noinherit.internal.spawn.Surroundings.Group;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/*
 * A process group for each child, which the child makes before it runs anything; then it registers
 * with the guardian, by a message through the socket whose other end the guardian reads. When this
 * process ends the guardian ends the groups, and what descends from them by parent links.
 *
 * A child that gets our controlling terminal stays in our group, as the terminal would stop a
 * reader of any other (SIGTTIN, termios(3)); of it and its descendants the guardian knows by parent
 * links only.
 *
 * No moment is unwatched. The guardian waits for the end of the socket, and that comes when nobody has
 * our end any more. From its birth on the child has it: in our descriptor table, which it shares;
 * then in the message that waits in the mailbox; then received. It closes it when it has registered.
 *
 * Races:
 *   1. The guardian ends, and what was in the socket is lost. Who started a child puts it into `live`
 *      first and then looks who is the guardian; who replaces the guardian makes the new one known
 *      first and then reads `live`. So one of the two tells the new one.
 *   2. The number of a socket is another file's by the time a child registers: the guardian counts
 *      its users, and its socket stays open until the last has gone.
 *   3. A pid is given to another process while the guardian still has it. It is told to forget a child
 *      as soon as we have waited for its end, unless its group has other members: then the number cannot
 *      be given away before they have ended. We look whether they have at every later start and end
 *      of a child, and the guardian takes no group whose number is somebody's pid.
 */
final class ByGroups extends KillWithParent {
  private static final int MOST_TRIES = 200;
  private static final long PAUSE_NANOS = 10_000_000;
  private static final int LOOKS = 2;

  private final Map<Integer, Kind> live = new ConcurrentHashMap<>();
  private final Queue<Integer> leftGroups = new ConcurrentLinkedQueue<>();
  private final GuardianPost post =
      new GuardianPost(
          GuardianScript.GROUPS,
          List.of(),
          guardian -> live.forEach((pid, kind) -> guardian.tell(kind, pid)));

  private ByGroups() {}

  /**
   * Starts the guardian.
   *
   * @throws IOException if there is no shell, or /proc is not that of this process
   */
  static ByGroups open() throws IOException {
    long pid = ProcessHandle.current().pid();
    Path self = Files.readSymbolicLink(Path.of("/proc/self"));
    if (!self.toString().equals("" + pid)) {
      throw new UnsupportedOperationException(
          "/proc is not of this pid namespace: it has " + self + " for the process " + pid);
    }
    ByGroups way = new ByGroups();
    way.post.guardian();
    return way;
  }

  @Override
  Tied start(Starter starter, ChildSpec spec, boolean isOnTerminal) throws IOException {
    if (spec.surroundings().identity() != null && !isRoot()) {
      throw new UnsupportedOperationException(
          "a child of another user cannot be made to end with this process: its guardian, of this"
              + " user, may not kill it (kill(2))");
    }
    lookAfterLeftGroups();
    boolean leads = spec.surroundings().group() != Group.PARENTS || !isOnTerminal;
    Kind kind = leads ? Kind.GROUP : Kind.PROCESS;
    Surroundings surroundings = spec.surroundings().withGroup(leads ? Group.OWN : Group.PARENTS);
    for (int tries = 1; ; tries++) {
      Guardian guardian = post.guardian();
      if (guardian.use()) {
        try {
          Registration registration =
              new Registration(guardian.socket(), kind, pid -> forget(guardian, pid));
          guardian.tellOn();
          Executor.Started started =
              starter.start(spec.with(surroundings.withRegistration(registration)));
          live.put(started.pid(), kind);
          tellIfReplaced(guardian, kind, started.pid());
          return new Tied(started, new Registered(started.pid(), leads));
        } catch (NotRegistered e) {
          if (tries == MOST_TRIES) {
            throw new IOException(
                "the guardian, process " + guardian.pid() + ", does not listen: " + e.getMessage(),
                e);
          }
        } finally {
          guardian.release();
        }
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private static boolean isRoot() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }

  private void tellIfReplaced(Guardian old, Kind kind, int pid) {
    Guardian now = post.current();
    if (now != null && now != old) {
      now.tell(kind, pid);
    }
  }

  private void forget(Guardian old, int pid) {
    old.tell(Kind.FORGOTTEN, pid);
    tellIfReplaced(old, Kind.FORGOTTEN, pid);
  }

  private void forget(int pid) {
    live.remove(pid);
    tell(Kind.FORGOTTEN, pid);
  }

  private void tell(Kind kind, int pid) {
    Guardian now = post.current();
    if (now != null) {
      now.tell(kind, pid);
    }
  }

  /** Race 3: a few each time, in turn. */
  private void lookAfterLeftGroups() {
    for (int i = 0; i < LOOKS; i++) {
      Integer group = leftGroups.poll();
      if (group == null) {
        return;
      }
      if (LinkedTree.isGroup(group)) {
        leftGroups.add(group);
      } else {
        forget(group);
      }
    }
  }

  @Override
  GuardianPost post() {
    return post;
  }

  @Override
  String words() {
    return "by process groups, parent links, and a guardian";
  }

  /** The tree of a child that the guardian knows. */
  private final class Registered implements Tree {
    private final int pid;
    private final LinkedTree links;

    Registered(int pid, boolean leads) {
      this.pid = pid;
      this.links = new LinkedTree(pid, leads);
    }

    @Override
    public void ended() {
      links.ended();
      if (links.isGroupLeft()) {
        live.put(pid, Kind.LEFT_GROUP);
        tell(Kind.LEFT_GROUP, pid);
        leftGroups.add(pid);
      } else {
        forget(pid);
      }
      lookAfterLeftGroups();
    }

    @Override
    public void kill(Child child) throws IOException {
      links.kill(child);
    }
  }
}
