// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Runs bodies on threads of their own, all from one start, until a time or a count is over or one
 * fails.
 *
 * <p>How it works: every thread waits at one barrier, then calls its body again and again. A body
 * that throws ends its own thread and tells the others to stop after the call they are in. When all
 * are to stop they get a grace period; threads that are still running then are reported with the
 * stacks of all threads. Whatever went wrong comes as one {@link AssertionError} that names the
 * seed; each body gets a random source made of that seed and the thread's place, so its decisions
 * repeat with the seed. How threads interleave does not.
 *
 * <p>What passing does not prove: that there is no race, only that none showed.
 */
public final class Races {
  /** What one thread does again and again. */
  @FunctionalInterface
  public interface Body {
    void run(Turn turn) throws Exception;
  }

  /**
   * One call of a body.
   *
   * @param thread the place of the thread among all, from 0
   * @param number how many calls this thread made before
   * @param random the thread's own random source
   */
  public record Turn(int thread, long number, SplittableRandom random) {}

  private record Worker(String name, Body body, long turns) {}

  private final List<Worker> workers = new ArrayList<>();
  private final long seed;
  private Duration duration = Duration.ofMinutes(1);
  private Duration grace = Duration.ofSeconds(30);

  private Races(long seed) {
    this.seed = seed;
  }

  /** With the seed of the system property {@code noinherit.seed}, else one from the clock. */
  public static Races create() {
    return withSeed(Long.getLong("noinherit.seed", System.nanoTime()));
  }

  /** With this seed. */
  public static Races withSeed(long seed) {
    return new Races(seed);
  }

  /** So many threads that call the body until all is over. */
  public Races threads(int count, String name, Body body) {
    return threads(count, Long.MAX_VALUE, name, body);
  }

  /**
   * So many threads that call the body so many times each. All is over when every thread that has a
   * number of turns has had them.
   */
  public Races threads(int count, long turns, String name, Body body) {
    for (int i = 0; i < count; i++) {
      workers.add(new Worker(name + "-" + i, body, turns));
    }
    return this;
  }

  /**
   * The longest it may take; a minute if nothing is said. For threads without a number of turns
   * that is how long they run; a thread that has not had its turns by then is a failure.
   */
  public Races duration(Duration longest) {
    duration = longest;
    return this;
  }

  /** How long a thread may need for the call it is in when all are to stop. */
  public Races grace(Duration longest) {
    grace = longest;
    return this;
  }

  /** Runs it. Returns how many calls all threads made together. */
  public long run() throws InterruptedException {
    return new Run().run();
  }

  private final class Run {
    private final CyclicBarrier start = new CyclicBarrier(workers.size() + 1);
    private final List<Racer> racers = new ArrayList<>();
    private volatile boolean stop;

    long run() throws InterruptedException {
      for (int i = 0; i < workers.size(); i++) {
        racers.add(new Racer(this, i, workers.get(i), seed));
      }
      racers.forEach(racer -> racer.thread.start());
      boolean complete = false;
      try {
        awaitStart(start);
        complete = awaitTurns();
      } finally {
        stop = true;
        // Only matters if the start itself was interrupted: nobody may wait at it for good.
        start.reset();
      }
      List<Racer> hanging = join();
      report(complete, hanging);
      return racers.stream().mapToLong(racer -> racer.turns).sum();
    }

    /** True if every counted thread had its turns; false if the time was over first. */
    private boolean awaitTurns() throws InterruptedException {
      boolean counted = workers.stream().anyMatch(worker -> worker.turns() != Long.MAX_VALUE);
      long deadline = System.nanoTime() + duration.toNanos();
      while (System.nanoTime() < deadline) {
        if (racers.stream().anyMatch(racer -> racer.failure.get() != null)) {
          return false;
        }
        if (counted && racers.stream().allMatch(racer -> racer.uncounted() || racer.finished)) {
          return true;
        }
        Thread.sleep(1);
      }
      return !counted;
    }

    private List<Racer> join() throws InterruptedException {
      long deadline = System.nanoTime() + grace.toNanos();
      List<Racer> hanging = new ArrayList<>();
      for (Racer racer : racers) {
        long left = Math.max(1, deadline - System.nanoTime());
        if (!racer.thread.join(Duration.ofNanos(left))) {
          hanging.add(racer);
        }
      }
      return hanging;
    }

    private void report(boolean complete, List<Racer> hanging) {
      StringBuilder message = new StringBuilder();
      AssertionError error = null;
      List<Throwable> failures = new ArrayList<>();
      for (Racer racer : racers) {
        Throwable failure = racer.failure.get();
        if (failure != null) {
          message.append("\n%s, turn %d: %s".formatted(racer.name(), racer.turns, failure));
          failures.add(failure);
        }
      }
      if (!complete && failures.isEmpty()) {
        message.append("\nnot done within ").append(duration).append(':');
        for (Racer racer : racers) {
          if (!racer.uncounted() && !racer.finished) {
            message.append(
                " %s had %d of %d turns;"
                    .formatted(racer.name(), racer.turns, racer.worker.turns()));
          }
        }
      }
      if (!hanging.isEmpty()) {
        message.append("\nstill running after ").append(grace).append(": ");
        message.append(String.join(", ", hanging.stream().map(Racer::name).toList()));
        message.append("\n").append(stacks());
      }
      if (!message.isEmpty()) {
        error =
            new AssertionError("seed %d (-Dnoinherit.seed=%d)%s".formatted(seed, seed, message));
        failures.forEach(error::addSuppressed);
        // Unwedges what can be unwedged, so that a hanging thread does not outlive the test.
        hanging.forEach(racer -> racer.thread.interrupt());
        throw error;
      }
    }
  }

  private static final class Racer {
    final Thread thread;
    final Worker worker;
    final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    volatile long turns;
    volatile boolean finished;

    Racer(Run run, int place, Worker worker, long seed) {
      this.worker = worker;
      SplittableRandom random = new SplittableRandom(seed + place);
      thread =
          Thread.ofPlatform()
              .name(worker.name())
              .daemon()
              .unstarted(() -> work(run, place, random));
    }

    String name() {
      return worker.name();
    }

    boolean uncounted() {
      return worker.turns() == Long.MAX_VALUE;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // only this thread writes it
    private void work(Run run, int place, SplittableRandom random) {
      try {
        awaitStart(run.start);
        while (!run.stop && turns < worker.turns()) {
          worker.body().run(new Turn(place, turns, random));
          turns++;
        }
        finished = turns == worker.turns();
      } catch (Throwable t) {
        failure.set(t);
      }
    }
  }

  private static void awaitStart(CyclicBarrier barrier) throws InterruptedException {
    try {
      barrier.await();
    } catch (java.util.concurrent.BrokenBarrierException e) {
      throw new IllegalStateException("the start was given up", e);
    }
  }

  private static String stacks() {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<Thread, StackTraceElement[]> entry : Thread.getAllStackTraces().entrySet()) {
      text.append(entry.getKey()).append(' ').append(entry.getKey().getState()).append('\n');
      for (StackTraceElement element : entry.getValue()) {
        text.append("    at ").append(element).append('\n');
      }
    }
    return text.toString();
  }
}
