// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/*
 * Pure: how descriptors get from the numbers at which they are to the numbers at which the child
 * wants them, as a list of moves to be made in order.
 *
 * It is a parallel assignment. A move may overwrite its target only when nobody needs what is there
 * any more; so a move is made as soon as its target is not a source that is still wanted. When no
 * such move is left, all that is left are cycles (1 to 2, 2 to 1): one source is put aside at a
 * number that nobody uses, and its cycle is then a chain. Every source may have several targets.
 *
 * A move to the number at which the descriptor is already cannot be a dup (dup3 refuses it, and
 * dup2 would leave the close-on-exec flag on): it is a Keep, which clears the flag. A Dup's target
 * has no flag by itself. What is put aside must have the flag, so that exec closes it.
 */
public record SpawnPlan(List<Move> moves) {
  /** One step. */
  public sealed interface Move {}

  /** dup: {@code to} becomes a copy of {@code from} that survives exec. */
  public record Dup(int from, int to) implements Move {}

  /** A copy for later, at a number that nobody uses, which exec closes. */
  public record PutAside(int from, int to) implements Move {}

  /** The descriptor at this number survives exec. */
  public record Keep(int number) implements Move {}

  /** Keeps an immutable copy. */
  public SpawnPlan {
    moves = List.copyOf(moves);
  }

  /**
   * Makes a plan.
   *
   * @param sources for each target number the number where its descriptor is now
   * @param occupied numbers that must not be used for putting aside, beside sources and targets
   * @throws IllegalArgumentException for a negative number
   */
  public static SpawnPlan of(Map<Integer, Integer> sources, Set<Integer> occupied) {
    Map<Integer, Integer> pending = new TreeMap<>(sources);
    Set<Integer> used = new HashSet<>(occupied);
    Map<Integer, Set<Integer>> wantedBy = new TreeMap<>();
    List<Move> moves = new ArrayList<>();
    sources.forEach(
        (to, from) -> {
          if (to < 0 || from < 0) {
            throw new IllegalArgumentException("a descriptor is not negative: " + from + ", " + to);
          }
          used.add(to);
          used.add(from);
        });
    // what is in place already stays there; it may still be the source of others
    pending.forEach(
        (to, from) -> {
          if (to.equals(from)) {
            moves.add(new Keep(to));
          } else {
            wantedBy.computeIfAbsent(from, f -> new TreeSet<>()).add(to);
          }
        });
    pending.entrySet().removeIf(e -> e.getKey().equals(e.getValue()));
    Deque<Integer> ready = new ArrayDeque<>();
    pending.keySet().stream().filter(to -> !wantedBy.containsKey(to)).forEach(ready::add);
    int aside = 0;
    while (!wantedBy.isEmpty()) {
      Integer to = ready.poll();
      if (to == null) { // cycles are all that is left
        Map.Entry<Integer, Set<Integer>> one = wantedBy.entrySet().iterator().next();
        while (!used.add(aside)) {
          aside++;
        }
        moves.add(new PutAside(one.getKey(), aside));
        wantedBy.remove(one.getKey());
        wantedBy.put(aside, one.getValue());
        int number = aside;
        one.getValue().forEach(t -> pending.put(t, number));
        ready.add(one.getKey());
        continue;
      }
      int from = Objects.requireNonNull(pending.remove(to));
      moves.add(new Dup(from, to));
      Set<Integer> others = Objects.requireNonNull(wantedBy.get(from));
      others.remove(to);
      if (others.isEmpty()) {
        wantedBy.remove(from);
        if (pending.containsKey(from)) {
          ready.add(from);
        }
      }
    }
    return new SpawnPlan(moves);
  }
}
