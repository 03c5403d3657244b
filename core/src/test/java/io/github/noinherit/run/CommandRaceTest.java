// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.CommandException;
import io.github.noinherit.Completed;
import io.github.noinherit.Limit;
import io.github.noinherit.Line;
import io.github.noinherit.Lines;
import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.NaiveForker;
import io.github.noinherit.testkit.Races;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Six threads capture commands, read their lines and run pipelines, with limits that end some of
 * them at any moment of their lives, and with interrupts; a naive native forker starts children of
 * its own meanwhile.
 *
 * <p>How this works: a command writes a known text to both streams, so what is captured without a
 * limit must be that text, and what is captured until a limit its beginning. Every call must come
 * back. Descriptors, threads and children are counted before and after (@Counted).
 *
 * <p>What passing does not prove: that every interleaving was seen. The forker's children have
 * copies of nothing of ours, or a pipe would not end; how long one would wait is not looked at.
 */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class CommandRaceTest {
  private static final boolean STRESS = Boolean.getBoolean("noinherit.stress");
  private static final int TURNS = STRESS ? 1500 : 60;
  private static final int NUMBERS = 20_000;

  private final AtomicLong whole = new AtomicLong();
  private final AtomicLong cut = new AtomicLong();
  private final AtomicLong interrupted = new AtomicLong();

  @Test
  void everyCommandEndsWholeOrCutAndLeavesNothing() throws Exception {
    try (NaiveForker.Hammer hammer = NaiveForker.Hammer.start(Path.of("/bin/true"))) {
      Races.create()
          .threads(6, TURNS, "caller", this::turn)
          .duration(Duration.ofMinutes(STRESS ? 30 : 4))
          .run();
      assertTrue(hammer.children() > 0);
    }
    System.out.println(whole + " whole, " + cut + " cut, " + interrupted + " interrupted");
    assertEquals(6L * TURNS, whole.get() + cut.get() + interrupted.get());
    assertTrue(whole.get() > 0 && cut.get() > 0 && interrupted.get() > 0);
  }

  private static Spawn numbers() {
    return Spawn.command("sh", "-c", "seq 1 " + NUMBERS + " >&2 & seq 1 " + NUMBERS + "; wait");
  }

  private static Limit[] limits(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> new Limit[] {Limit.time(Duration.ofNanos(random.nextInt(1, 20_000_000)))};
      case 1 -> new Limit[] {Limit.output(random.nextInt(1, 3 * 108_894))};
      default -> new Limit[0];
    };
  }

  private void turn(Races.Turn turn) throws Exception {
    SplittableRandom random = turn.random();
    Limit[] limits = limits(random);
    On.Body body =
        switch (random.nextInt(3)) {
          case 0 -> () -> capture(limits);
          case 1 -> () -> lines(limits, random.nextInt(2 * NUMBERS));
          default -> () -> pipeline(limits);
        };
    On on = On.start(random.nextBoolean(), body);
    if (random.nextInt(5) == 0) {
      Thread.sleep(random.nextInt(10));
      on.interrupt();
    }
    switch (on.thrown()) {
      case null -> whole.incrementAndGet();
      case CommandException e -> {
        assertBeginning(e.completed().stdout());
        assertBeginning(e.completed().stderr());
        cut.incrementAndGet();
      }
      case InterruptedException e -> interrupted.incrementAndGet();
      case Throwable t -> throw new AssertionError(t);
    }
  }

  private static final String TEXT =
      java.util.stream.IntStream.rangeClosed(1, NUMBERS)
          .mapToObj(i -> i + "\n")
          .collect(java.util.stream.Collectors.joining());

  private static void assertBeginning(String text) {
    assertTrue(TEXT.startsWith(text), () -> "not the beginning: " + text.length());
  }

  private static void capture(Limit... limits) throws Exception {
    Completed c = numbers().capture(limits).orThrow();
    assertEquals(TEXT, c.stdout());
    assertEquals(TEXT, c.stderr());
  }

  private static void pipeline(Limit... limits) throws Exception {
    Completed c =
        Spawn.pipeline(
                Spawn.command("seq", "1", Integer.toString(NUMBERS)),
                Spawn.command("cat"),
                Spawn.command("cat"))
            .capture(limits)
            .orThrow();
    assertEquals(TEXT, c.stdout());
  }

  /** Closes after so many lines. */
  private static void lines(Limit[] limits, int enough) throws Exception {
    try (Lines lines = numbers().lines(limits)) {
      int out = 0;
      int err = 0;
      for (int i = 0; i < enough; i++) {
        Line line = lines.next();
        if (line == null) {
          break;
        }
        String expected = Integer.toString(line.isError() ? ++err : ++out);
        if (limits.length > 0 && !expected.equals(line.text())) {
          // killed amid a line, which is the last of its stream then
          assertTrue(expected.startsWith(line.text()), () -> "not a line's beginning: " + line);
          err = line.isError() ? NUMBERS : err;
          out = line.isError() ? out : NUMBERS;
        } else {
          assertEquals(expected, line.text());
        }
      }
    }
  }
}
