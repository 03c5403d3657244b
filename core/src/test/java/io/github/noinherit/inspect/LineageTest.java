// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.inspect.Lineage.Copies;
import io.github.noinherit.inspect.Lineage.Sameness;
import io.github.noinherit.inspect.Origin.Confidence;
import io.github.noinherit.inspect.Origin.Fact;
import io.github.noinherit.inspect.Origin.Source;
import io.github.noinherit.internal.proc.ProcessStat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What may be concluded, and what may not, from tables of processes made for it. */
class LineageTest {
  private static ProcessStat process(int pid, int parent, int session, long start) {
    return new ProcessStat(pid, "p" + pid, 'S', parent, pid, session, 1, start);
  }

  private static Map<Integer, ProcessStat> table(ProcessStat... all) {
    return Stream.of(all).collect(Collectors.toMap(ProcessStat::pid, p -> p));
  }

  private static Origin origin(
      Map<Integer, ProcessStat> table, Sameness sameness, int pid, int... holders) {
    return origin(table, sameness, Set.of(), pid, holders);
  }

  private static Origin origin(
      Map<Integer, ProcessStat> table,
      Sameness sameness,
      Set<Long> refused,
      int pid,
      int... holders) {
    TreeMap<Integer, Copies> copies = new TreeMap<>();
    for (int holder : holders) {
      copies.put(holder, new Copies(new TreeSet<>(Set.of(5)), sameness));
    }
    return new Lineage(table, copies, refused).of(pid);
  }

  private static final Map<Integer, ProcessStat> CHAIN =
      table(
          process(1, 0, 1, 0),
          process(10, 1, 10, 100),
          process(11, 10, 10, 110),
          process(12, 11, 10, 110));

  @Test
  void certainTakesAllThree() {
    for (Sameness sameness : List.of(Sameness.COMPARED, Sameness.SOCKET)) {
      Origin origin = origin(CHAIN, sameness, 12, 10, 11, 12);
      assertEquals(Confidence.CERTAIN, origin.confidence());
      assertEquals(11, origin.giver().orElseThrow().pid());
    }
    Origin other = origin(CHAIN, Sameness.FILE_ONLY, 12, 11, 12);
    assertEquals(Confidence.LIKELY, other.confidence());
    assertTrue(other.restsOn(Fact.SAME_FILE_ONLY));
  }

  /** Links read at different moments, with a pid given again in between. */
  @Test
  void anAncestorThatIsYoungerIsNoCertainGiver() {
    Map<Integer, ProcessStat> table =
        table(process(1, 0, 1, 0), process(10, 1, 10, 300), process(11, 10, 10, 110));
    Origin origin = origin(table, Sameness.COMPARED, 11, 10, 11);
    assertEquals(Confidence.LIKELY, origin.confidence());
  }

  @Test
  void theFirstOfAChainIsUnknown() {
    Origin origin = origin(CHAIN, Sameness.COMPARED, 10, 10, 11);
    assertEquals(Source.UNKNOWN, origin.source());
    assertEquals(Confidence.UNKNOWN, origin.confidence());
    assertTrue(origin.restsOn(Fact.NO_ANCESTOR_HOLDS_IT));
  }

  @Test
  void anAncestorThatCouldNotBeLookedAtIsNamed() {
    Origin origin = origin(CHAIN, Sameness.COMPARED, Set.of(10L), 11, 11);
    assertEquals(Source.UNKNOWN, origin.source());
    assertTrue(origin.restsOn(Fact.ANCESTOR_NOT_SEEN));
  }

  /** 20 has lost its parent: it is in another session than process 1, and leads none. */
  @Test
  void anOrphanWhoseGiverLivesAboveTheGap() {
    Map<Integer, ProcessStat> table =
        table(process(1, 0, 1, 0), process(10, 1, 10, 100), process(20, 1, 10, 120));
    Origin origin = origin(table, Sameness.COMPARED, 20, 10, 20);
    assertEquals(Source.OTHER_PROCESS, origin.source());
    assertEquals(Confidence.LIKELY, origin.confidence());
    assertEquals(10, origin.giver().orElseThrow().pid());
  }

  @Test
  void aLaterProcessIsNotTakenForTheGiver() {
    Map<Integer, ProcessStat> table =
        table(process(1, 0, 1, 0), process(10, 1, 10, 130), process(20, 1, 10, 120));
    assertEquals(Source.UNKNOWN, origin(table, Sameness.COMPARED, 20, 10, 20).source());
  }

  @Test
  void twoOrphansHaveItFromOneThatHasEnded() {
    Map<Integer, ProcessStat> table =
        table(process(1, 0, 1, 0), process(20, 1, 10, 120), process(21, 1, 10, 121));
    for (int pid : new int[] {20, 21}) {
      Origin origin = origin(table, Sameness.COMPARED, pid, 20, 21);
      assertEquals(Source.ENDED_PROCESS, origin.source());
      assertTrue(origin.giver().isEmpty());
    }
  }

  @Test
  void anOrphanAloneMayHaveOpenedIt() {
    Map<Integer, ProcessStat> table = table(process(1, 0, 1, 0), process(20, 1, 10, 120));
    Origin origin = origin(table, Sameness.COMPARED, 20, 20);
    assertEquals(Source.UNKNOWN, origin.source());
    assertTrue(origin.restsOn(Fact.PARENT_ENDED));
  }

  @Test
  void aCircleOfParentsEnds() {
    Map<Integer, ProcessStat> table = table(process(10, 11, 1, 1), process(11, 10, 1, 1));
    assertEquals(Source.UNKNOWN, origin(table, Sameness.COMPARED, 10, 10).source());
  }
}
