// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.inspect.Holder.Held;
import io.github.noinherit.inspect.Lineage.Copies;
import io.github.noinherit.internal.linux.ProcReader;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.proc.ProcessStat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/*
 * From descriptors that matched to holders.
 *
 *   1. Who each process is: /proc/PID/stat.
 *   2. Each descriptor looked at closely; one that is another thing now is left out.
 *   3. Who each process is, again: a pid that was given anew in between is left out.
 *   4. Who is above them, up to the first process.
 *   5. Which descriptors are one open file description; then the lineage of each of those.
 */
final class Search {
  private record Copy(int pid, HandleInfo info) {}

  private final ProcReader reader;
  private final Wanted wanted;
  private final int looked;
  private final Map<Long, String> refused;

  Search(ProcReader reader, Wanted wanted, Unseen unseen) {
    this.reader = reader;
    this.wanted = wanted;
    looked = unseen.looked();
    refused = new TreeMap<>(unseen.refused());
  }

  /** What could not be looked at, once the search is over. */
  Unseen unseen() {
    return new Unseen(looked, refused);
  }

  /** The holders, by pid. */
  List<Holder> holders(List<Scanner.Match> matches) throws IOException {
    SortedMap<Integer, List<Integer>> numbers = new TreeMap<>();
    for (Scanner.Match match : matches) {
      numbers.computeIfAbsent(match.pid(), p -> new ArrayList<>()).add(match.fd());
    }
    int[] pids = ints(new ArrayList<>(numbers.keySet()));
    Map<Integer, ProcessStat> before = stats(reader, pids);
    SortedMap<Integer, List<HandleInfo>> infos = new TreeMap<>();
    numbers.forEach((pid, fds) -> infos.put(pid, List.of()));
    for (Map.Entry<Integer, List<Integer>> e : numbers.entrySet()) {
      infos.put(e.getKey(), look(e.getKey(), ints(e.getValue())));
    }
    Map<Integer, ProcessStat> processes = stats(reader, pids);
    infos
        .entrySet()
        .removeIf(e -> e.getValue().isEmpty() || !isSame(before, processes, e.getKey()));
    addAncestors(processes);
    return holders(infos, processes);
  }

  private static boolean isSame(
      Map<Integer, ProcessStat> before, Map<Integer, ProcessStat> after, int pid) {
    ProcessStat one = before.get(pid);
    ProcessStat other = after.get(pid);
    return one != null && other != null && one.isSameProcess(other);
  }

  private List<HandleInfo> look(int pid, int[] fds) throws IOException {
    List<HandleInfo> infos = new ArrayList<>();
    try {
      for (HandleInfo info :
          new Describer(reader, pid, wanted.sockets()).describe(reader.look(pid, fds))) {
        if (wanted.isIt(info)) {
          infos.add(info);
        }
      }
    } catch (SystemCallException e) {
      if (e.code() != Errno.EACCES && e.code() != Errno.EPERM) {
        throw e;
      }
      refused.put((long) pid, e.codeName()); // it has become another user's meanwhile
    }
    return infos;
  }

  /** Who processes are; those that have ended are not in the map. */
  static Map<Integer, ProcessStat> stats(ProcReader reader, int[] pids) throws IOException {
    Map<Integer, ProcessStat> stats = new HashMap<>();
    for (byte[] text : reader.readEach(pids, "stat")) {
      if (text != null && text.length > 0) {
        ProcessStat stat = ProcessStat.parse(text, text.length);
        stats.put(stat.pid(), stat);
      }
    }
    return stats;
  }

  private void addAncestors(Map<Integer, ProcessStat> processes) throws IOException {
    TreeSet<Integer> asked = new TreeSet<>(processes.keySet());
    List<ProcessStat> fresh = new ArrayList<>(processes.values());
    while (!fresh.isEmpty()) {
      List<Integer> parents = new ArrayList<>();
      for (ProcessStat stat : fresh) {
        if (stat.parent() > 0 && asked.add(stat.parent())) {
          parents.add(stat.parent());
        }
      }
      Map<Integer, ProcessStat> found = stats(reader, ints(parents));
      processes.putAll(found);
      fresh = new ArrayList<>(found.values());
    }
  }

  private List<Holder> holders(
      SortedMap<Integer, List<HandleInfo>> infos, Map<Integer, ProcessStat> processes) {
    Map<List<Long>, List<Copy>> files = new LinkedHashMap<>(); // by device and inode
    for (Map.Entry<Integer, List<HandleInfo>> e : infos.entrySet()) {
      for (HandleInfo info : e.getValue()) {
        List<Long> identity = List.of(info.device(), info.inode());
        List<Copy> copies = files.get(identity);
        if (copies == null) {
          copies = new ArrayList<>();
          files.put(identity, copies);
        }
        copies.add(new Copy(e.getKey(), info));
      }
    }
    SortedMap<Integer, List<Held>> held = new TreeMap<>();
    int next = 1;
    for (List<Copy> copies : files.values()) {
      next = addHeld(copies, next, processes, held);
    }
    List<Holder> holders = new ArrayList<>();
    for (Map.Entry<Integer, List<Held>> e : held.entrySet()) {
      ProcessStat stat = processes.get(e.getKey());
      if (stat != null) {
        if (files.size() > 1) {
          e.getValue().sort((a, b) -> Integer.compare(a.handle().number(), b.handle().number()));
        }
        holders.add(new Holder(ProcessInfo.of(stat), e.getValue()));
      }
    }
    return holders;
  }

  private int addHeld(
      List<Copy> copies,
      int first,
      Map<Integer, ProcessStat> processes,
      SortedMap<Integer, List<Held>> held) {
    int[] pids = new int[copies.size()];
    int[] fds = new int[copies.size()];
    for (int i = 0; i < copies.size(); i++) {
      pids[i] = copies.get(i).pid();
      fds[i] = copies.get(i).info().number();
    }
    boolean isSocket = copies.getFirst().info().target().startsWith("socket:");
    Descriptions descriptions = new Descriptions(reader, isSocket, first);
    List<Descriptions.Place> classes = descriptions.of(pids, fds);
    Map<Integer, SortedMap<Integer, Copies>> byDescription = new LinkedHashMap<>();
    for (int i = 0; i < pids.length; i++) {
      Descriptions.Place c = classes.get(i);
      byDescription
          .computeIfAbsent(c.number(), n -> new TreeMap<>())
          .computeIfAbsent(pids[i], p -> new Copies(new TreeSet<>(), c.sameness()))
          .numbers()
          .add(fds[i]);
    }
    Map<Integer, Lineage> lineages = new HashMap<>();
    byDescription.forEach(
        (number, all) -> lineages.put(number, new Lineage(processes, all, refused.keySet())));
    for (int i = 0; i < pids.length; i++) {
      int number = classes.get(i).number();
      Lineage lineage = lineages.get(number);
      if (lineage != null) {
        held.computeIfAbsent(pids[i], p -> new ArrayList<>())
            .add(new Held(copies.get(i).info(), number, lineage.of(pids[i])));
      }
    }
    return descriptions.next();
  }

  static int[] ints(List<Integer> numbers) {
    int[] ints = new int[numbers.size()];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = numbers.get(i);
    }
    return ints;
  }
}
