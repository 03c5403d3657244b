// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The processes of this machine at one moment, or nearly: a look through /proc. */
final class ProcessTable {
  /**
   * One line of /proc/PID/stat (proc_pid_stat(5)).
   *
   * @param state Z for one that has ended and was not waited for
   * @param startTime in ticks since the machine started: with the pid it names a process for good
   */
  record Entry(int pid, char state, int parent, int group, long startTime) {
    private static final int PARENT = 1;
    private static final int GROUP = 2;
    private static final int START_TIME = 19;

    /**
     * Parses a line. The name in it may hold blanks, brackets and line ends; what counts is behind
     * the last closing bracket.
     *
     * @throws IllegalArgumentException if it is no such line
     */
    static Entry parse(String line) {
      int blank = line.indexOf(' ');
      int bracket = line.lastIndexOf(") ");
      if (blank < 0 || bracket < 0) {
        throw new IllegalArgumentException("not a line of /proc/PID/stat: " + line);
      }
      String[] rest = line.substring(bracket + 2).strip().split(" ", -1);
      if (rest.length <= START_TIME || rest[0].length() != 1) {
        throw new IllegalArgumentException("not a line of /proc/PID/stat: " + line);
      }
      return new Entry(
          Integer.parseInt(line.substring(0, blank)),
          rest[0].charAt(0),
          Integer.parseInt(rest[PARENT]),
          Integer.parseInt(rest[GROUP]),
          Long.parseLong(rest[START_TIME]));
    }

    boolean isSameProcess(Entry other) {
      return pid == other.pid && startTime == other.startTime;
    }
  }

  private final Map<Integer, Entry> entries = new LinkedHashMap<>();

  ProcessTable(Collection<Entry> all) {
    all.forEach(e -> entries.put(e.pid(), e));
  }

  /** Looks. */
  static ProcessTable now() throws IOException {
    List<Entry> all = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      for (Path process : processes) {
        of(Integer.parseInt(process.getFileName().toString())).ifPresent(all::add);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return new ProcessTable(all);
  }

  /**
   * One process; empty if it has gone.
   *
   * @throws IOException if it is there and cannot be read, for want of descriptors for instance
   */
  static Optional<Entry> of(int pid) throws IOException {
    Path process = Path.of("/proc/" + pid);
    try (FileInputStream in = new FileInputStream(process + "/stat")) {
      return Optional.of(Entry.parse(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1)));
    } catch (IOException e) { // ENOENT, or ESRCH if it ended between open and read
      if (Files.exists(process)) {
        throw e;
      }
      return Optional.empty();
    }
  }

  /** Those whose parent this is, also those that have ended and were not waited for. */
  List<Entry> childrenOf(int parent) {
    return entries.values().stream().filter(e -> e.parent() == parent).toList();
  }

  /**
   * The roots, who descends from them or from a member of a group by parent links, and the members.
   * Those that have ended are left out.
   *
   * @param roots pids
   * @param group the number of a group, or null
   */
  List<Entry> tree(Set<Integer> roots, @Nullable Integer group) {
    Map<Integer, List<Entry>> children = new HashMap<>();
    Deque<Entry> found = new ArrayDeque<>();
    for (Entry e : entries.values()) {
      children.computeIfAbsent(e.parent(), p -> new ArrayList<>()).add(e);
      if (roots.contains(e.pid()) || (group != null && e.group() == group)) {
        found.add(e);
      }
    }
    Map<Integer, Entry> tree = new LinkedHashMap<>();
    for (Entry e = found.poll(); e != null; e = found.poll()) {
      if (tree.putIfAbsent(e.pid(), e) == null) {
        found.addAll(children.getOrDefault(e.pid(), List.of()));
      }
    }
    return tree.values().stream().filter(e -> e.state() != 'Z').toList();
  }
}
