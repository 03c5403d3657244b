// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.inspect.HandleInfo.Sharer;
import io.github.noinherit.inspect.HandleInfo.Sharing;
import io.github.noinherit.inspect.Lineage.Sameness;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.linux.LinkScan;
import io.github.noinherit.internal.linux.ProcReader;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.proc.ProcessStat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Every handle of a process.
 *
 * <pre>{@code
 * for (HandleInfo handle : HandleTable.ofThisProcess().handles()) {
 *   if (handle.isInheritable() && handle.number() > 2) {
 *     System.out.println(handle.number() + " " + handle.kind().word() + " " + handle.target());
 *   }
 * }
 * }</pre>
 *
 * <p>Each handle is as it was at one moment; the moments differ slightly. One that was closed while
 * the table was read is not in it. Reading opens files for a moment, born non-inheritable, which
 * are not in it either. Of a process whose threads have descriptor tables of their own it is the
 * main thread's.
 *
 * <p>Immutable.
 */
public final class HandleTable {
  private final ProcessInfo process;
  private final List<HandleInfo> handles;
  private final boolean hasEnded;
  private final Optional<Unseen> unseen;

  private HandleTable(
      ProcessInfo process, List<HandleInfo> handles, boolean hasEnded, Optional<Unseen> unseen) {
    this.process = process;
    this.handles = List.copyOf(handles);
    this.hasEnded = hasEnded;
    this.unseen = unseen;
  }

  /** This process's. */
  public static HandleTable ofThisProcess() throws IOException {
    return of(ProcessHandle.current().pid());
  }

  /** A process's, as {@link #of(long)}. */
  public static HandleTable of(ProcessHandle process) throws IOException {
    return of(process.pid());
  }

  /**
   * A process's.
   *
   * <p>If it ends meanwhile that is no failure: {@link #hasEnded} says so, and what had been read
   * by then is in the table.
   *
   * @throws SystemCallException with ESRCH if there is no such process; with EACCES or EPERM if it
   *     may not be looked at
   * @throws UnsupportedOperationException if this is not Linux
   */
  public static HandleTable of(long pid) throws IOException {
    Platform.requireLinux();
    if (pid < 1 || pid > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(pid + " is no pid");
    }
    try (ProcReader reader = new ProcReader()) {
      int number = (int) pid;
      ProcessStat before = stat(reader, number);
      if (before == null) {
        throw new SystemCallException(
            "open(\"/proc/" + pid + "/stat\")", Errno.ESRCH, "there is no process " + pid);
      }
      try {
        int[] descriptors = reader.descriptors(number);
        List<ProcReader.Raw> raw =
            descriptors == null ? List.of() : reader.look(number, descriptors);
        List<HandleInfo> handles = new Describer(reader, number, null).describe(raw);
        ProcessStat after = stat(reader, number);
        boolean isSame = after != null && after.isSameProcess(before);
        boolean hasEnded = descriptors == null || !isSame;
        return new HandleTable(ProcessInfo.of(before), handles, hasEnded, Optional.empty());
      } catch (SystemCallException e) {
        if (e.code() == Errno.EACCES || e.code() == Errno.EPERM) {
          throw new SystemCallException(
              e.call(),
              e.code(),
              "only its own user and root may look at a process, and neither if it runs with more"
                  + " rights than its user has (ptrace(2), \"Ptrace access mode checking\")");
        }
        throw e;
      }
    }
  }

  private static @org.jspecify.annotations.Nullable ProcessStat stat(ProcReader reader, int pid)
      throws IOException {
    return Search.stats(reader, new int[] {pid}).get(pid);
  }

  /** {@return whose it is} */
  public ProcessInfo process() {
    return process;
  }

  /** {@return the handles, in the order of their numbers} */
  public List<HandleInfo> handles() {
    return handles;
  }

  /** {@return the handle with this number, if it is open} */
  public Optional<HandleInfo> handle(int number) {
    for (HandleInfo handle : handles) {
      if (handle.number() == number) {
        return Optional.of(handle);
      }
    }
    return Optional.empty();
  }

  /**
   * Has the process ended while the table was read, or is it a zombie? Then handles are missing.
   */
  public boolean hasEnded() {
    return hasEnded;
  }

  /**
   * {@return what could not be looked at when it was asked who shares the handles; empty if that
   * was not asked}
   */
  public Optional<Unseen> unseen() {
    return unseen;
  }

  /**
   * The same handles, each with who else has its open file description. That is what is inherited:
   * the same file opened twice is not shared. All processes are looked at for it.
   *
   * @return a new table
   */
  public HandleTable withSharing() throws IOException {
    try (ProcReader reader = new ProcReader()) {
      Map<String, List<HandleInfo>> byText = new LinkedHashMap<>();
      Set<String> beginnings = new HashSet<>();
      for (HandleInfo handle : handles) {
        byText.computeIfAbsent(handle.target(), t -> new ArrayList<>()).add(handle);
        byte[] text = handle.target().getBytes(StandardCharsets.UTF_8);
        String beginning = new String(text, 0, Math.min(text.length, LinkScan.LONGEST), ISO_8859_1);
        beginnings.add(beginning);
        if (handle.isDeleted() && text.length < LinkScan.LONGEST) {
          String whole = beginning + " (deleted)";
          beginnings.add(whole.substring(0, Math.min(whole.length(), LinkScan.LONGEST)));
        }
      }
      Scanner.Found found =
          Scanner.scan(
              reader.processes(),
              LinkScan.Question.LINK,
              (pid, answers, from, length) ->
                  beginnings.contains(new String(answers, from, length, ISO_8859_1)));
      Map<String, List<Scanner.Match>> candidates = new HashMap<>();
      TreeSet<Integer> pids = new TreeSet<>();
      for (Scanner.Match match : found.matches()) {
        byte[] link = reader.link("/proc/" + match.pid() + "/fd/" + match.fd());
        if (link != null) {
          String text = new String(link, StandardCharsets.UTF_8);
          String target = byText.containsKey(text) ? text : withoutRemark(text);
          candidates.computeIfAbsent(target, t -> new ArrayList<>()).add(match);
          pids.add(match.pid());
        }
      }
      Map<Integer, ProcessStat> stats = Search.stats(reader, Search.ints(new ArrayList<>(pids)));
      Map<Integer, Sharing> shared = new HashMap<>();
      byText.forEach(
          (text, own) ->
              share(
                  reader,
                  own,
                  candidates.getOrDefault(text, List.of()),
                  stats,
                  found.unseen().isNothing(),
                  shared));
      List<HandleInfo> all = new ArrayList<>();
      for (HandleInfo handle : handles) {
        all.add(handle.shared(shared.getOrDefault(handle.number(), new Sharing(List.of(), false))));
      }
      return new HandleTable(process, all, hasEnded, Optional.of(found.unseen()));
    }
  }

  private static String withoutRemark(String text) {
    return text.endsWith(" (deleted)")
        ? text.substring(0, text.length() - " (deleted)".length())
        : text;
  }

  private void share(
      ProcReader reader,
      List<HandleInfo> own,
      List<Scanner.Match> candidates,
      Map<Integer, ProcessStat> stats,
      boolean isAllSeen,
      Map<Integer, Sharing> shared) {
    boolean isSocket = own.getFirst().target().startsWith("socket:");
    Descriptions descriptions = new Descriptions(reader, isSocket, 1);
    Map<Integer, Integer> classOf = new HashMap<>();
    for (HandleInfo handle : own) {
      classOf.put(handle.number(), descriptions.of((int) process.pid(), handle.number()).number());
    }
    Map<Integer, List<Sharer>> members = new HashMap<>();
    boolean isCompared = true;
    for (Scanner.Match match : candidates) {
      Descriptions.Place c = descriptions.of(match.pid(), match.fd());
      ProcessStat stat = stats.get(match.pid());
      if (c.sameness() == Sameness.FILE_ONLY) {
        isCompared = false;
      } else if (stat != null) {
        members
            .computeIfAbsent(c.number(), n -> new ArrayList<>())
            .add(new Sharer(ProcessInfo.of(stat), match.fd()));
      }
    }
    for (HandleInfo handle : own) {
      List<Sharer> with =
          new ArrayList<>(
              members.getOrDefault(classOf.getOrDefault(handle.number(), 0), List.of()));
      with.removeIf(s -> s.process().pid() == process.pid() && s.number() == handle.number());
      shared.put(handle.number(), new Sharing(with, isAllSeen && isCompared));
    }
  }
}
