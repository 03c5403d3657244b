// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.internal.spawn.SpawnPlan.Dup;
import io.github.noinherit.internal.spawn.SpawnPlan.Keep;
import io.github.noinherit.internal.spawn.SpawnPlan.Move;
import io.github.noinherit.internal.spawn.SpawnPlan.PutAside;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Plans are made on a table that is a map: number to what is open there and whether exec closes it.
 * What is left after the "exec" must be the wish, and nothing else.
 */
class SpawnPlanTest {
  private record Entry(String file, boolean closeOnExec) {}

  /** The table after the moves and an exec. Every source is close-on-exec to begin with. */
  private static Map<Integer, String> run(
      Map<Integer, Integer> wish, Set<Integer> occupied, List<Move> moves) {
    Map<Integer, Entry> table = new HashMap<>();
    occupied.forEach(n -> table.put(n, new Entry("occupied " + n, true)));
    wish.values().forEach(n -> table.put(n, new Entry("source " + n, true)));
    for (Move move : moves) {
      switch (move) {
        case Dup(int from, int to) -> {
          assertFalse(from == to, "dup3 refuses " + move);
          assertTrue(table.containsKey(from), "nothing to copy: " + move);
          table.put(to, new Entry(table.get(from).file(), false));
        }
        case PutAside(int from, int to) -> {
          assertFalse(table.containsKey(to), "put aside onto something: " + move);
          assertFalse(wish.containsKey(to), "put aside onto a target: " + move);
          table.put(to, new Entry(table.get(from).file(), true));
        }
        case Keep(int number) -> {
          assertTrue(table.containsKey(number), "nothing to keep: " + move);
          table.put(number, new Entry(table.get(number).file(), false));
        }
      }
    }
    Map<Integer, String> after = new HashMap<>();
    table.forEach(
        (number, entry) -> {
          if (!entry.closeOnExec()) {
            after.put(number, entry.file());
          }
        });
    return after;
  }

  private static void check(Map<Integer, Integer> wish, Set<Integer> occupied) {
    SpawnPlan plan = SpawnPlan.of(wish, occupied);
    Map<Integer, String> wanted = new HashMap<>();
    wish.forEach((target, source) -> wanted.put(target, "source " + source));
    assertEquals(wanted, run(wish, occupied, plan.moves()), () -> wish + ": " + plan);
  }

  @Test
  void nothingWishedIsNothingDone() {
    assertEquals(List.of(), SpawnPlan.of(Map.of(), Set.of(3)).moves());
  }

  @Test
  void whatIsInPlaceIsKeptAndStillServesOthers() {
    assertEquals(
        List.of(new Keep(4), new Dup(4, 0)), SpawnPlan.of(Map.of(4, 4, 0, 4), Set.of()).moves());
  }

  @Test
  void aChainIsMadeFromItsFreeEnd() {
    // 1 to 2, 2 to 3, 3 to 4
    assertEquals(
        List.of(new Dup(3, 4), new Dup(2, 3), new Dup(1, 2)),
        SpawnPlan.of(Map.of(2, 1, 3, 2, 4, 3), Set.of()).moves());
  }

  @Test
  void aSwapPutsOneAsideWhereNothingIs() {
    List<Move> moves = SpawnPlan.of(Map.of(0, 1, 1, 0), Set.of(2, 3)).moves();
    assertEquals(3, moves.size());
    assertEquals(4, assertInstanceOf(PutAside.class, moves.getFirst()).to());
    check(Map.of(0, 1, 1, 0), Set.of(2, 3));
  }

  @Test
  void twoCyclesPutTwoAside() {
    check(Map.of(0, 1, 1, 0, 5, 6, 6, 7, 7, 5), Set.of(2));
    long aside =
        SpawnPlan.of(Map.of(0, 1, 1, 0, 5, 6, 6, 7, 7, 5), Set.of(2)).moves().stream()
            .filter(m -> m instanceof PutAside)
            .count();
    assertEquals(2, aside);
  }

  @Test
  void aCycleWhoseSourcesAreWantedElsewhereTooIsMade() {
    check(Map.of(0, 1, 1, 0, 2, 1, 3, 1, 4, 0), Set.of());
  }

  @Test
  void oneSourceMayHaveManyTargets() {
    Map<Integer, Integer> wish = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      wish.put(i, 7);
    }
    check(wish, Set.of());
  }

  @Test
  void everyPermutationOfFiveNumbersIsMade() {
    permute(new int[] {0, 1, 2, 3, 4}, 0);
  }

  private static void permute(int[] numbers, int from) {
    if (from == numbers.length) {
      Map<Integer, Integer> wish = new HashMap<>();
      for (int i = 0; i < numbers.length; i++) {
        wish.put(i, numbers[i]);
      }
      check(wish, Set.of(5));
      return;
    }
    for (int i = from; i < numbers.length; i++) {
      swap(numbers, from, i);
      permute(numbers, from + 1);
      swap(numbers, from, i);
    }
  }

  private static void swap(int[] numbers, int a, int b) {
    int kept = numbers[a];
    numbers[a] = numbers[b];
    numbers[b] = kept;
  }

  @Test
  void everyRandomWishIsMade() {
    long seed = Long.getLong("noinherit.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 50_000; i++) {
      int span = random.nextInt(1, 40);
      Map<Integer, Integer> wish = new HashMap<>();
      for (int n = random.nextInt(span + 1); n > 0; n--) {
        wish.put(random.nextInt(span), random.nextInt(span));
      }
      Set<Integer> occupied = new HashSet<>();
      for (int n = random.nextInt(6); n > 0; n--) {
        occupied.add(random.nextInt(span + 3));
      }
      try {
        check(wish, occupied);
      } catch (AssertionError e) {
        throw new AssertionError("-Dnoinherit.seed=" + seed + ", wish " + i, e);
      }
    }
  }

  @Test
  void noPlanIsLongerThanItsTargetsAndCycles() {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 5_000; i++) {
      Map<Integer, Integer> wish = new HashMap<>();
      for (int n = random.nextInt(30); n > 0; n--) {
        wish.put(random.nextInt(20), random.nextInt(20));
      }
      List<Move> moves = SpawnPlan.of(wish, Set.of()).moves();
      long asides = moves.stream().filter(m -> m instanceof PutAside).count();
      assertEquals(wish.size(), moves.size() - asides);
      assertTrue(asides <= wish.size() / 2, "a cycle has at least two: " + wish);
    }
  }

  @Test
  void aNegativeNumberIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> SpawnPlan.of(Map.of(-1, 3), Set.of()));
    assertThrows(IllegalArgumentException.class, () -> SpawnPlan.of(Map.of(3, -1), Set.of()));
  }
}
