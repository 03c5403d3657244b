// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.linux.Signals;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/*
 * A control group of ours below that of this process, and in it one for each child:
 *
 *   …/noinherit-PID-NAMESPACE-RANDOM/1, 2, 3 …
 *
 * What a process starts is in its group, whatever it does to sessions, process groups, parents or
 * users, and cgroup.kill (Linux 5.14) kills a group with all below it. So nobody survives who does not
 * move to another group, for which one needs to be allowed to write there.
 *
 * The child is born in its group by clone3. By clone it is born in its parent's and moves before it
 * runs its program (SurroundingSteps). If its parent dies before it has moved, either there is no
 * group any more, and the child ends, or the guardian, who cannot remove a group in which somebody
 * is, kills once more.
 *
 * A child's group is removed when it is empty (CgroupTree), the rest by the guardian. If that was killed
 * with its parent, as by those who kill a process with all its descendants, the empty groups stay until the
 * next process with the same group of its own comes by here. The number of the pid namespace tells it
 * which pids it can judge.
 */
final class ByCgroup extends KillWithParent {
  private static final String NAME = "noinherit-";
  private static final long TRIAL_NANOS = 10_000_000_000L;

  private final Path group;
  private final GuardianPost post;
  private final AtomicLong count = new AtomicLong();

  private ByCgroup(Path group) {
    this.group = group;
    this.post = new GuardianPost(GuardianScript.CGROUP, List.of(group.toString()), guardian -> {});
  }

  /**
   * Makes the group, and tries it.
   *
   * @throws IOException if it cannot be made or does not work; it is removed then
   */
  static ByCgroup open() throws IOException {
    Path own =
        Cgroups.own()
            .orElseThrow(
                () ->
                    new UnsupportedOperationException(
                        "this process is in no control group of a version 2 that is mounted here"));
    removeLeftOvers(own);
    Path group =
        own.resolve(
            NAME
                + ProcessHandle.current().pid()
                + "-"
                + pidNamespace()
                + "-"
                + Long.toHexString(System.nanoTime()));
    try {
      Cgroups.make(group);
    } catch (
        SystemCallException e) { // that of a limit (cgroup.max.depth) would pass for a shortage
      throw new UnsupportedOperationException(e.getMessage(), e);
    }
    try {
      if (!Files.exists(group.resolve("cgroup.kill"))) {
        throw new UnsupportedOperationException(
            "\"" + group + "\" has no cgroup.kill, which Linux has from 5.14 on");
      }
      ByCgroup way = new ByCgroup(group);
      way.tryOnce();
      way.post.guardian();
      return way;
    } catch (IOException | RuntimeException | Error e) {
      if (!Cgroups.remove(group)) {
        e.addSuppressed(new IOException("\"" + group + "\" stays, as it is not empty"));
      }
      throw e;
    }
  }

  private static String pidNamespace() throws IOException {
    String link = Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
    return link.replaceAll("[^0-9]", "");
  }

  /** Removes groups of processes that are no more, if nobody is in them. */
  private static void removeLeftOvers(Path own) throws IOException {
    Pattern name = Pattern.compile(NAME + "([0-9]+)-" + pidNamespace() + "-[0-9a-f]+");
    for (Path group : Cgroups.below(own)) {
      Matcher m = name.matcher(group.getFileName().toString());
      if (m.matches() && !Files.exists(Path.of("/proc/" + m.group(1)))) {
        try {
          Cgroups.remove(group);
        } catch (IOException e) {
          // it stays: another user's, or just being removed by somebody else
        }
      }
    }
  }

  /** A child that stops itself must be in its group, and must end when that is killed. */
  private void tryOnce() throws IOException {
    Path leaf = leaf();
    byte[] shell = "/bin/sh".getBytes(StandardCharsets.US_ASCII);
    ChildSpec spec =
        new ChildSpec(
            "/bin/sh",
            List.of(shell),
            List.of(
                shell, new byte[] {'-', 'c'}, "kill -STOP $$".getBytes(StandardCharsets.US_ASCII)),
            List.of(),
            null,
            List.of(),
            null,
            Surroundings.PARENTS.withCgroup(leaf));
    try {
      Executor.Started child = Way.executor().start(spec);
      try {
        if (!Files.readString(leaf.resolve("cgroup.procs")).strip().equals("" + child.pid())) {
          throw new UnsupportedOperationException("a child is not in the cgroup it should be in");
        }
        Cgroups.kill(leaf);
        if (!Children.awaitEnd(child.pidfd(), TRIAL_NANOS)) {
          throw new UnsupportedOperationException("cgroup.kill does not kill");
        }
      } finally {
        Children.signal(child.pidfd(), Signals.SIGKILL);
        Children.reap(child.pidfd());
        Children.close(child.pidfd());
      }
    } finally {
      new CgroupTree(leaf).ended();
    }
  }

  /** Makes a group for one child. */
  private synchronized Path leaf() throws IOException {
    Path leaf = group.resolve("" + count.incrementAndGet());
    if (!Files.isDirectory(group)) { // somebody has removed it, as he may while it is empty
      Cgroups.make(group);
    }
    Cgroups.make(leaf);
    return leaf;
  }

  @Override
  Tied start(Starter starter, ChildSpec spec, boolean isOnTerminal) throws IOException {
    post.guardian();
    Path leaf = leaf();
    CgroupTree tree = new CgroupTree(leaf);
    try {
      return new Tied(starter.start(spec.with(spec.surroundings().withCgroup(leaf))), tree);
    } catch (IOException | RuntimeException | Error e) {
      tree.ended();
      throw e;
    }
  }

  @Override
  GuardianPost post() {
    return post;
  }

  @Override
  String words() {
    return "by a control group of their own, " + group;
  }
}
