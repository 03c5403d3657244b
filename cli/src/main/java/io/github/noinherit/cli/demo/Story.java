// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.UnaryOperator;

/**
 * Plays scenes, each with a cast of its own for each side.
 *
 * <p>Scenes wait more than they work, so two are played at the same time; they share nothing. They
 * are handed out in the order of the story. Whatever ends the command, Ctrl-C included, ends every
 * process of every cast: {@link #close} is what the shutdown hook calls too.
 */
final class Story implements AutoCloseable {
  private static final int AT_THE_SAME_TIME = 2;

  private final UnaryOperator<Side> casting;
  private final Set<Cast> casts = ConcurrentHashMap.newKeySet();
  private final ExecutorService stage =
      Executors.newFixedThreadPool(AT_THE_SAME_TIME, Thread.ofPlatform().daemon().factory());
  private final Thread onShutdown = new Thread(this::endWithCommand, "demo-ends");
  private volatile boolean over;
  private volatile boolean commandIsEnding;

  Story() {
    this(UnaryOperator.identity());
  }

  /**
   * A story whose servers are those of the side that {@code casting} says, which is the side that
   * is played, except for a test that wants to see a scene fail.
   */
  Story(UnaryOperator<Side> casting) {
    this.casting = casting;
    Runtime.getRuntime().addShutdownHook(onShutdown);
  }

  /** The two sides of one scene, still to come. */
  record Pair(Scene scene, Future<Finding> without, Future<Finding> with) {}

  /** Begins to play; the findings come in the order of the scenes. */
  List<Pair> play(List<Scene> scenes) {
    List<Pair> pairs = new ArrayList<>();
    for (Scene scene : scenes) {
      FutureTask<Finding> without = new FutureTask<>(() -> play(scene, Side.WITHOUT));
      FutureTask<Finding> with = new FutureTask<>(() -> play(scene, Side.WITH));
      stage.execute(
          () -> {
            without.run();
            with.run();
          });
      pairs.add(new Pair(scene, without, with));
    }
    return pairs;
  }

  private Finding play(Scene scene, Side side) {
    Log log = new Log();
    String brokeOff = null;
    try (Cast cast = newCast(side)) {
      scene.play(side, cast, log);
    } catch (IOException | RuntimeException e) {
      brokeOff = e.getMessage() == null ? e.toString() : e.getMessage();
    }
    if (commandIsEnding) { // the actors were ended by Ctrl-C: that is no finding
      awaitTheEnd();
    }
    return new Finding(scene, side, log.lines(), brokeOff);
  }

  private static void awaitTheEnd() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Cast newCast(Side side) throws IOException {
    Cast cast = new Cast(casting.apply(side));
    casts.add(cast);
    if (over) {
      cast.close();
      throw new IOException("the demo is being ended");
    }
    return cast;
  }

  private void endWithCommand() {
    commandIsEnding = true;
    endCasts();
  }

  private void endCasts() {
    over = true;
    for (Cast cast : casts) {
      try {
        cast.close();
      } catch (IOException e) {
        System.err.println("noinherit: " + e.getMessage() + ": " + e.getCause());
      }
    }
  }

  @Override
  public void close() {
    stage.shutdownNow();
    endCasts();
    if (!commandIsEnding) {
      try {
        Runtime.getRuntime().removeShutdownHook(onShutdown);
      } catch (IllegalStateException shutdownHasJustBegun) {
        awaitTheEnd(); // the hook does the rest, and then this thread ends with the JVM
      }
    }
  }
}
