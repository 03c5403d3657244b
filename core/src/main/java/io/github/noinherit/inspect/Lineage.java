// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import io.github.noinherit.inspect.Origin.Confidence;
import io.github.noinherit.inspect.Origin.Evidence;
import io.github.noinherit.inspect.Origin.Fact;
import io.github.noinherit.inspect.Origin.Source;
import io.github.noinherit.internal.proc.ProcessStat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/*
 * Pure: how each holder of one open file description came to it.
 *
 * What a parent link says. A process whose parent ends is given to the nearest living subreaper above
 * it, or to process 1 (prctl(2), PR_SET_CHILD_SUBREAPER). Both are ancestors of it by birth, too. So
 * an ancestor by the links of now is an ancestor by birth; but one by birth may be missing.
 *
 * 1. The nearest living ancestor that holds the description gave it, or those did that were between
 *    them: certain, if the description is known to be the same and the ancestor is not younger.
 * 2. Else, if its parent has ended, who holds it and is older, was not orphaned itself, and is above
 *    all others of that kind, is likely the one above the gap.
 * 3. Else, if its parent has ended and so has another holder's that is no descendant of it, likely a
 *    process gave it to both that has ended.
 * 4. Else it is unknown.
 *
 * That the parent has ended can be seen in two ways, and is not seen otherwise: the parent of now is
 * younger; or it is in another session. A child is born into its parent's session, and leaves it only
 * for one with its own number (setsid(2)).
 */
final class Lineage {
  private static final int MOST_ANCESTORS = 10_000;

  /** How it is known that a copy is of the description. */
  enum Sameness {
    /** kcmp says so. */
    COMPARED,
    /** It is the same socket. */
    SOCKET,
    /** It is the same file, and kcmp may not be asked. */
    FILE_ONLY
  }

  /** A process's copies of the description. */
  record Copies(TreeSet<Integer> numbers, Sameness sameness) {}

  private final Map<Integer, ProcessStat> processes;
  private final SortedMap<Integer, Copies> holders;
  private final Set<Long> refused;
  private final List<ProcessStat> allTops;

  /**
   * For one description.
   *
   * @param processes the holders and their ancestors
   * @param holders by pid
   * @param refused the processes of which it is not known whether they hold it
   */
  Lineage(
      Map<Integer, ProcessStat> processes, SortedMap<Integer, Copies> holders, Set<Long> refused) {
    this.processes = processes;
    this.holders = holders;
    this.refused = refused;
    allTops = tops();
  }

  /** How a holder came to it. */
  Origin of(int pid) {
    List<Evidence> evidence = new ArrayList<>();
    List<ProcessInfo> through = new ArrayList<>();
    ProcessStat holder = processes.get(pid);
    ProcessStat unseen = null;
    for (ProcessStat above = parent(holder); above != null; above = parent(above)) {
      if (above.pid() == pid || through.size() > MOST_ANCESTORS) {
        break; // links read at different moments may make a circle
      }
      if (holders.containsKey(above.pid())) {
        return fromAncestor(pid, above, through);
      }
      if (refused.contains((long) above.pid()) && unseen == null) {
        unseen = above;
      }
      through.addFirst(ProcessInfo.of(above));
    }
    evidence.add(new Evidence(Fact.NO_ANCESTOR_HOLDS_IT, "no living ancestor holds it"));
    if (unseen != null) {
      evidence.add(
          new Evidence(
              Fact.ANCESTOR_NOT_SEEN,
              "its ancestor " + ProcessInfo.of(unseen) + " could not be looked at"));
    }
    if (holder != null && isOrphan(holder)) {
      evidence.add(new Evidence(Fact.PARENT_ENDED, "the process that started it has ended"));
      return ofOrphan(holder, evidence);
    }
    return new Origin(Source.UNKNOWN, Confidence.UNKNOWN, Optional.empty(), List.of(), evidence);
  }

  private Origin fromAncestor(int pid, ProcessStat giver, List<ProcessInfo> through) {
    List<Evidence> evidence = new ArrayList<>();
    boolean isSame = addSameness(pid, giver.pid(), evidence);
    evidence.add(
        new Evidence(Fact.LIVING_ANCESTOR, ProcessInfo.of(giver) + " is its " + relation(through)));
    if (!through.isEmpty()) {
      evidence.add(
          new Evidence(Fact.NOT_HELD_IN_BETWEEN, through + " in between do not hold it now"));
    }
    boolean isOlder = addTimes(pid, giver, evidence);
    addNumbers(pid, giver.pid(), evidence);
    return new Origin(
        Source.ANCESTOR,
        isSame && isOlder ? Confidence.CERTAIN : Confidence.LIKELY,
        Optional.of(ProcessInfo.of(giver)),
        through,
        evidence);
  }

  private static String relation(List<ProcessInfo> through) {
    return through.isEmpty() ? "parent" : "ancestor";
  }

  private Origin ofOrphan(ProcessStat holder, List<Evidence> evidence) {
    List<ProcessStat> tops = new ArrayList<>();
    for (ProcessStat top : allTops) {
      if (top.pid() != holder.pid()) {
        tops.add(top);
      }
    }
    if (tops.isEmpty()) {
      return new Origin(Source.UNKNOWN, Confidence.UNKNOWN, Optional.empty(), List.of(), evidence);
    }
    List<ProcessStat> rooted = new ArrayList<>();
    for (ProcessStat top : tops) {
      if (!isOrphan(top)) {
        rooted.add(top);
      }
    }
    evidence.add(new Evidence(Fact.HELD_BY_OTHERS, "it is also held by " + names(tops)));
    if (rooted.size() == 1 && rooted.getFirst().startTime() <= holder.startTime()) {
      ProcessStat giver = rooted.getFirst();
      addSameness(holder.pid(), giver.pid(), evidence);
      addTimes(holder.pid(), giver, evidence);
      addNumbers(holder.pid(), giver.pid(), evidence);
      return new Origin(
          Source.OTHER_PROCESS,
          Confidence.LIKELY,
          Optional.of(ProcessInfo.of(giver)),
          List.of(),
          evidence);
    }
    return rooted.isEmpty()
        ? new Origin(Source.ENDED_PROCESS, Confidence.LIKELY, Optional.empty(), List.of(), evidence)
        : new Origin(Source.UNKNOWN, Confidence.UNKNOWN, Optional.empty(), List.of(), evidence);
  }

  private static String names(List<ProcessStat> all) {
    List<ProcessInfo> infos = new ArrayList<>();
    for (ProcessStat stat : all) {
      infos.add(ProcessInfo.of(stat));
    }
    return infos.toString();
  }

  private boolean addSameness(int pid, int giver, List<Evidence> evidence) {
    Sameness one = copies(pid).sameness();
    Sameness other = copies(giver).sameness();
    if (one == Sameness.FILE_ONLY || other == Sameness.FILE_ONLY) {
      evidence.add(
          new Evidence(
              Fact.SAME_FILE_ONLY,
              "the same file; kcmp(2), which tells whether it is the same open file description,"
                  + " may not be called here"));
      return false;
    }
    boolean isCompared = one == Sameness.COMPARED && other == Sameness.COMPARED;
    evidence.add(
        isCompared
            ? new Evidence(Fact.SAME_DESCRIPTION, "the same open file description (kcmp)")
            : new Evidence(
                Fact.SAME_SOCKET, "the same socket, which has one open file description only"));
    return true;
  }

  private boolean addTimes(int pid, ProcessStat giver, List<Evidence> evidence) {
    ProcessStat holder = processes.get(pid);
    boolean isOlder = holder != null && giver.startTime() <= holder.startTime();
    if (isOlder) {
      evidence.add(
          new Evidence(Fact.START_TIMES_FIT, ProcessInfo.of(giver) + " was started before it"));
    }
    return isOlder;
  }

  private void addNumbers(int pid, int giver, List<Evidence> evidence) {
    TreeSet<Integer> both = new TreeSet<>(copies(pid).numbers());
    both.retainAll(copies(giver).numbers());
    if (!both.isEmpty()) {
      evidence.add(new Evidence(Fact.EQUAL_NUMBER, "in both it is number " + both.first()));
    }
  }

  private Copies copies(int pid) {
    Copies copies = holders.get(pid);
    if (copies == null) {
      throw new IllegalArgumentException(pid + " is no holder");
    }
    return copies;
  }

  private @Nullable ProcessStat parent(@Nullable ProcessStat of) {
    return of == null ? null : processes.get(of.parent());
  }

  /** Holders that have no holder above them. */
  private List<ProcessStat> tops() {
    List<ProcessStat> tops = new ArrayList<>();
    for (int pid : holders.keySet()) {
      ProcessStat top = processes.get(pid);
      int steps = 0;
      ProcessStat above = parent(top);
      while (above != null && !holders.containsKey(above.pid()) && ++steps < MOST_ANCESTORS) {
        above = parent(above);
      }
      if (top != null && above == null) {
        tops.add(top);
      }
    }
    return tops;
  }

  /** Is it sure that the process that started it has ended? */
  private boolean isOrphan(ProcessStat stat) {
    ProcessStat parent = parent(stat);
    if (parent == null) {
      return false;
    }
    return parent.startTime() > stat.startTime()
        || (stat.session() != stat.pid() && stat.session() != parent.session());
  }
}
