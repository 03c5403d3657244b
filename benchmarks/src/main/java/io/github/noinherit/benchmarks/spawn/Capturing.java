// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.benchmarks.spawn;

import io.github.noinherit.Spawn;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@link Spawn#capture} costs beside a child whose streams are read by hand, one after the
 * other, by one thread: in one JVM, in turns, so that what happens to the machine in a round
 * happens to all.
 */
public final class Capturing {
  private static final int ROUNDS = 9;
  private static final int PER_ROUND = 200;
  private static final int WARM_UP = 3000;
  private static final String[] COMMAND = {"/bin/echo", "hello"};

  private Capturing() {}

  /** One child, from nothing to its end. */
  private interface Way {
    void once() throws IOException, InterruptedException;
  }

  /** A way and its samples, one array for each round. */
  private record Kind(String name, Way way, List<long[]> rounds) {
    Kind(String name, Way way) {
      this(name, way, new ArrayList<>());
    }

    double[] medians() {
      return rounds.stream().mapToDouble(r -> Summary.percentile(r, 50)).toArray();
    }
  }

  /** Prints a table, as CSV. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Kind capture = new Kind("capture", () -> Spawn.command(COMMAND).capture().orThrow());
    Kind hand = new Kind("by-hand", () -> byHand(Spawn.command(COMMAND).start()));
    Kind builder = new Kind("processbuilder", () -> byHand(new ProcessBuilder(COMMAND).start()));
    List<Kind> kinds = List.of(capture, hand, builder);
    for (Kind kind : kinds) {
      for (int i = 0; i < WARM_UP; i++) {
        kind.way().once();
      }
    }
    for (int round = 0; round < ROUNDS; round++) {
      for (Kind kind : kinds) {
        long[] taken = new long[PER_ROUND];
        for (int i = 0; i < PER_ROUND; i++) {
          long start = System.nanoTime();
          kind.way().once();
          taken[i] = System.nanoTime() - start;
        }
        kind.rounds().add(taken);
      }
    }
    System.out.print(Summary.HEADER);
    for (Kind kind : kinds) {
      System.out.print(Summary.line("echo", kind.name(), kind.rounds(), kind.medians()));
    }
    System.out.print(Summary.RATIO_HEADER);
    for (Kind other : List.of(hand, builder)) {
      System.out.print(
          Summary.ratioLine("echo", "capture", other.name(), capture.medians(), other.medians()));
    }
  }

  private static void byHand(Process child) throws IOException, InterruptedException {
    child.getOutputStream().close();
    child.getInputStream().readAllBytes();
    child.getErrorStream().readAllBytes();
    int status = child.waitFor();
    if (status != 0) {
      throw new IllegalStateException(COMMAND[0] + " ended with status " + status);
    }
  }
}
