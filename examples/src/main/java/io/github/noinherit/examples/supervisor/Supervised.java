// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples.supervisor;

import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/*
 * One command and its thread: start, wait, clean up, pause, again, until the thread is interrupted.
 *
 * When a command has ended, what it has left behind is killed before it is started again (a child in
 * the background may have its port, or the pipe that we read from). The pause doubles with each time
 * that it lived short, so a command that cannot run does not keep the machine busy.
 *
 * Two virtual threads read what it writes, as one that reads a pipe first would let the other fill.
 */
final class Supervised implements Runnable {
  private static final int SIGTERM = 15;
  private static final Duration TIME_TO_END = Duration.ofSeconds(5);
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final String name;
  private final Spawn spawn;
  private Duration pause = SHORTEST_PAUSE;

  Supervised(String name, String command) {
    this.name = name;
    this.spawn =
        Spawn.command("sh", "-c", command)
            .stdin(Redirect.from(new File("/dev/null")))
            .killWithParent();
  }

  @Override
  public void run() {
    try {
      while (true) {
        long begun = System.nanoTime();
        String how;
        try {
          how = runOnce();
        } catch (IOException e) {
          how = e.getMessage() + ": it cannot be started";
        }
        Duration lived = Duration.ofNanos(System.nanoTime() - begun);
        pause = lived.compareTo(LONGEST_PAUSE) > 0 ? SHORTEST_PAUSE : pause;
        say(how + ", it is started again in " + pause.toMillis() + " ms");
        Thread.sleep(pause);
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
      }
    } catch (InterruptedException e) {
      say("is not started again, we end"); // runOnce has ended it
    }
  }

  /** To its end: how that was. */
  private String runOnce() throws IOException, InterruptedException {
    SpawnedProcess child = spawn.start();
    List<Thread> readers =
        List.of(
            Thread.startVirtualThread(() -> copy(child.inputReader(), System.out, " | ")),
            Thread.startVirtualThread(() -> copy(child.errorReader(), System.err, " ! ")));
    try {
      child.waitFor();
      hearLastWords(readers);
    } catch (InterruptedException e) {
      askToEnd(child);
      child.waitFor(TIME_TO_END.toSeconds(), TimeUnit.SECONDS);
      hearLastWords(readers);
      throw e;
    } finally {
      child.destroyTree();
    }
    return "has ended (" + child.exitValue() + ")";
  }

  /**
   * All of it gets SIGTERM, as from systemd. If only the child did, and ended, what it has started
   * would be nobody's.
   */
  private void askToEnd(SpawnedProcess child) {
    child.descendants().forEach(ProcessHandle::destroy);
    try {
      child.signal(SIGTERM); // not destroy(), which would also close what it says its last words to
    } catch (IOException e) {
      say("it does not get SIGTERM: " + e.getMessage());
    }
  }

  /** To the end of what it wrote; but somebody whom it has left behind may keep that open. */
  private static void hearLastWords(List<Thread> readers) throws InterruptedException {
    for (Thread reader : readers) {
      reader.join(LAST_WORDS);
    }
  }

  private void copy(BufferedReader from, PrintStream to, String mark) {
    try (from) {
      for (String line = from.readLine(); line != null; line = from.readLine()) {
        to.println(name + mark + line);
      }
    } catch (IOException e) {
      say("the rest of what it wrote is lost: " + e);
    }
  }

  private void say(String text) {
    System.err.println(name + ": " + text);
  }
}
