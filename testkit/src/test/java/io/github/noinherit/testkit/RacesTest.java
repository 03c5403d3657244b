// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

@Counted
class RacesTest {
  @Test
  void everyCountedThreadHasItsTurnsAndTheOthersStopThen() throws InterruptedException {
    LongAdder counted = new LongAdder();
    LongAdder noise = new LongAdder();
    long turns =
        Races.create()
            .threads(3, 100, "counted", turn -> counted.increment())
            .threads(1, "noise", turn -> noise.increment())
            .run();
    assertEquals(300, counted.sum());
    assertEquals(300 + noise.sum(), turns);
  }

  @Test
  void withoutACountTheTimeDecides() throws InterruptedException {
    long before = System.nanoTime();
    Races.create()
        .threads(2, "timed", turn -> Thread.sleep(1))
        .duration(Duration.ofMillis(100))
        .run();
    assertTrue(System.nanoTime() - before >= 100_000_000);
  }

  @Test
  void aFailureStopsAllAndNamesThreadTurnAndSeed() {
    AssertionError error =
        assertThrows(
            AssertionError.class,
            () ->
                Races.withSeed(4711)
                    .threads(1, 100, "fails", RacesTest::failAtSeven)
                    .threads(1, "others", turn -> Thread.sleep(1))
                    .run());
    String message = String.valueOf(error.getMessage());
    assertTrue(message.contains("seed 4711"), message);
    assertTrue(message.contains("fails-0, turn 7: java.io.IOException: seven"), message);
    assertEquals("seven", error.getSuppressed()[0].getMessage());
  }

  private static void failAtSeven(Races.Turn turn) throws java.io.IOException {
    if (turn.number() == 7) {
      throw new java.io.IOException("seven");
    }
  }

  @Test
  void aThreadThatHangsFailsWithStacks() {
    CountDownLatch never = new CountDownLatch(1);
    AssertionError error =
        assertThrows(
            AssertionError.class,
            () ->
                Races.create()
                    .threads(1, "hangs", turn -> never.await())
                    .duration(Duration.ofMillis(50))
                    .grace(Duration.ofMillis(50))
                    .run());
    String message = String.valueOf(error.getMessage());
    assertTrue(message.contains("still running after PT0.05S: hangs-0"), message);
    assertTrue(message.contains("CountDownLatch.await"), message);
  }

  @Test
  void turnsThatAreNotHadInTimeAreAFailure() {
    AssertionError error =
        assertThrows(
            AssertionError.class,
            () ->
                Races.create()
                    .threads(1, 1_000_000, "slow", turn -> Thread.sleep(5))
                    .duration(Duration.ofMillis(50))
                    .run());
    assertTrue(String.valueOf(error.getMessage()).contains("of 1000000 turns"), error::toString);
  }

  @Test
  void theSameSeedDecidesTheSame() throws InterruptedException {
    assertEquals(decisions(1), decisions(1));
    assertTrue(!decisions(1).equals(decisions(2)));
  }

  private static List<Long> decisions(long seed) throws InterruptedException {
    AtomicLong[] sums = {new AtomicLong(), new AtomicLong()};
    Races.withSeed(seed)
        .threads(2, 50, "t", turn -> sums[turn.thread()].addAndGet(turn.random().nextInt(1000)))
        .run();
    List<Long> values = new ArrayList<>();
    for (AtomicLong sum : sums) {
      values.add(sum.get());
    }
    return values;
  }
}
