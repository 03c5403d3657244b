// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.run;

import io.github.noinherit.Handle;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/*
 * One child at a time. One thread does everything, told by events: a signal came, the child ended.
 *
 * With --restart the listeners stay open here, so between two children clients wait in the backlog
 * and none is refused:
 *   - SIGHUP and SIGUSR1 ask the child to end (SIGTERM; SIGKILL if it has not ended in time) and
 *     start the next one at once;
 *   - a child that ends by itself is followed by the next one after a pause, which doubles as long
 *     as children end soon;
 *   - SIGTERM and SIGINT are sent on, and the child's end is ours then.
 * Without it, our copies are closed when the child has its own, so that what the child closes is
 * closed.
 */
final class Keeper {
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final Duration TIME_TO_END = Duration.ofSeconds(10);
  private static final int SIGKILL_STATUS = 137;

  /** What happens. */
  private sealed interface Event {}

  private record Signalled(int number) implements Event {}

  private record Ended(SpawnedProcess child) implements Event {}

  private final Program program;
  private final List<Listener> listeners;
  private final boolean restarts;
  private final Consumer<String> says;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private Duration pause = Duration.ZERO;

  Keeper(Program program, List<Listener> listeners, boolean restarts, Consumer<String> says) {
    this.program = program;
    this.listeners = List.copyOf(listeners);
    this.restarts = restarts;
    this.says = says;
  }

  /** A signal arrived. Safe to be called from any thread. */
  void signal(int number) {
    events.add(new Signalled(number));
  }

  /**
   * Runs until the child ends, or with restarts until we are told to end.
   *
   * @return the exit status of the last child, 128 + n if a signal ended it, or came meanwhile
   * @throws IOException if the first child could not be started
   */
  int run() throws IOException, InterruptedException {
    SpawnedProcess child = start();
    if (!restarts) {
      for (Listener l : listeners) {
        l.close();
      }
    }
    while (true) {
      long begun = System.nanoTime();
      Outcome outcome = untilItEnds(child);
      if (!restarts || outcome.isLast()) {
        return outcome.status();
      }
      Duration lived = Duration.ofNanos(System.nanoTime() - begun);
      SpawnedProcess next = null;
      boolean isAskedFor = outcome.isAskedFor();
      while (next == null) {
        pause = isAskedFor ? Duration.ZERO : longer(lived);
        if (!isAskedFor) {
          says.accept(
              "the program ended (status "
                  + outcome.status()
                  + "), it is started again in "
                  + pause.toMillis()
                  + " ms");
          int ending = waitPausing();
          if (ending > 0) {
            return 128 + ending;
          }
        }
        try {
          next = start();
        } catch (IOException e) {
          says.accept(String.valueOf(e.getMessage()));
          isAskedFor = false;
          lived = Duration.ZERO;
        }
      }
      child = next;
    }
  }

  private Duration longer(Duration lived) {
    if (lived.compareTo(LONGEST_PAUSE) > 0 || pause.isZero()) {
      return SHORTEST_PAUSE;
    }
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
  }

  private SpawnedProcess start() throws IOException {
    Spawn spawn = program.spawn();
    for (Listener l : listeners) {
      // the mode is shared, and the child before may have changed it
      Handle.of(l.channel()).setNonBlocking(false);
      spawn.activate(l.name(), l.channel());
    }
    SpawnedProcess child = spawn.start();
    var _ = child.onExit().thenRun(() -> events.add(new Ended(child)));
    return child;
  }

  /** The signal that ends us, if one came during the pause; 0 if not. */
  private int waitPausing() throws InterruptedException {
    long until = System.nanoTime() + pause.toNanos();
    while (true) {
      Event event = events.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (event == null) {
        return 0;
      }
      if (event instanceof Signalled(int number)) {
        if (!asksForRestart(number)) {
          return number;
        }
        return 0;
      }
    }
  }

  private record Outcome(int status, boolean isLast, boolean isAskedFor) {}

  private Outcome untilItEnds(SpawnedProcess child) throws IOException, InterruptedException {
    boolean isLast = false;
    boolean isAskedFor = false;
    long killAt = Long.MAX_VALUE;
    while (true) {
      Event event =
          killAt == Long.MAX_VALUE
              ? events.take()
              : events.poll(killAt - System.nanoTime(), TimeUnit.NANOSECONDS);
      switch (event) {
        case null -> {
          says.accept(
              "the program did not end on SIGTERM within "
                  + TIME_TO_END.toSeconds()
                  + " s: it is killed (status "
                  + SIGKILL_STATUS
                  + ")");
          child.destroyForcibly();
          killAt = Long.MAX_VALUE;
        }
        case Ended(SpawnedProcess who) when who == child -> {
          return new Outcome(child.waitFor(), isLast, isAskedFor);
        }
        case Ended old -> {
          // one before it
        }
        case Signalled(int number) when restarts && asksForRestart(number) -> {
          if (!isAskedFor) {
            isAskedFor = true;
            killAt = System.nanoTime() + TIME_TO_END.toNanos();
            child.destroy();
          }
        }
        case Signalled(int number) -> {
          isLast = true;
          if (number != ForwardedSignals.INT || !ForwardedSignals.isInForeground()) {
            send(child, number);
          }
        }
      }
    }
  }

  /** One that may not be signalled, as it has become another user, is said and waited for. */
  private void send(SpawnedProcess child, int number) {
    try {
      child.signal(number);
    } catch (IOException e) {
      says.accept("signal " + number + " could not be sent on: " + e.getMessage());
    }
  }

  private static boolean asksForRestart(int number) {
    return number == ForwardedSignals.HUP || number == ForwardedSignals.USR1;
  }
}
