// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.internal.spawn.ProcessTable.Entry;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Lines of /proc/PID/stat, and what belongs to a tree. */
class ProcessTableTest {
  private static final String REST =
      " S 12 34 56 34816 34 4194304 100 0 0 0 1 2 0 0 20 0 1 0 987654 2703360 204 184 1 1 0 0 0"
          + " 0\n";

  private static Entry entry(int pid, char state, int parent, int group) {
    return new Entry(pid, state, parent, group, 1000 + pid);
  }

  private static Set<Integer> pids(List<Entry> entries) {
    Set<Integer> pids = new TreeSet<>();
    entries.forEach(e -> pids.add(e.pid()));
    return pids;
  }

  @Test
  void aLine() {
    assertEquals(new Entry(4711, 'S', 12, 34, 987654), Entry.parse("4711 (sleep)" + REST));
  }

  @Test
  void aNameWithAnythingInIt() {
    for (String name : List.of("", "a b", ") S 1 1 1", "(((", "a\nb", ") Z 1 2 3) ")) {
      assertEquals(
          new Entry(4711, 'S', 12, 34, 987654), Entry.parse("4711 (" + name + ")" + REST), name);
    }
  }

  @Test
  void whatIsNoLineIsRefused() {
    for (String line : List.of("", "4711", "4711 (x) S 1 2 3", "x (y)" + REST, "4711 (x)")) {
      assertThrows(IllegalArgumentException.class, () -> Entry.parse(line), line);
    }
  }

  @Test
  void thisProcessIsInTheTableWithItsParent() throws IOException {
    int self = (int) ProcessHandle.current().pid();
    Entry entry = ProcessTable.of(self).orElseThrow();
    assertEquals(
        ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L), entry.parent());
    assertTrue(pids(ProcessTable.now().tree(Set.of(self), null)).contains(self));
    assertTrue(ProcessTable.of(Integer.MAX_VALUE).isEmpty());
  }

  @Test
  void aTreeIsWhoDescendsByParentLinksWhateverTheirGroups() {
    ProcessTable table =
        new ProcessTable(
            List.of(
                entry(1, 'S', 0, 1),
                entry(10, 'S', 1, 10),
                entry(11, 'S', 10, 11),
                entry(12, 'Z', 11, 10),
                entry(9, 'S', 11, 9),
                entry(13, 'S', 1, 10),
                entry(14, 'S', 13, 14),
                entry(15, 'S', 1, 15)));
    assertEquals(Set.of(10, 11, 9), pids(table.tree(Set.of(10), null)));
    assertEquals(Set.of(10, 11, 9, 13, 14), pids(table.tree(Set.of(10), 10)));
    assertEquals(Set.of(10, 11, 9, 13, 14), pids(table.tree(Set.of(), 10)));
    assertEquals(Set.of(), pids(table.tree(Set.of(), null)));
    assertEquals(Set.of(), pids(table.tree(Set.of(99), 98)));
  }

  @Test
  void aZombieIsLeftOutButNotWhoIsBelowIt() {
    ProcessTable table = new ProcessTable(List.of(entry(10, 'Z', 1, 10), entry(11, 'S', 10, 11)));
    assertEquals(Set.of(11), pids(table.tree(Set.of(10), null)));
  }

  @Test
  void aLoopOfParentsEnds() {
    ProcessTable table = new ProcessTable(List.of(entry(10, 'S', 11, 1), entry(11, 'S', 10, 1)));
    assertEquals(Set.of(10, 11), pids(table.tree(Set.of(10), null)));
  }
}
