// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples.supervisor;

import io.github.noinherit.Capability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/*
 * Keeps the commands of a file running, each line "name: command", as a Procfile has them. What they
 * write comes out with their names before it.
 *
 * However this process ends, its commands end with it, and all that they have started:
 *   - on SIGTERM or Ctrl-C each command gets SIGTERM, and time to end; what is left is killed;
 *   - if it dies otherwise (kill -9, the kernel's out-of-memory killer, a bug), all are killed by
 *     noinherit's guardian some milliseconds later (killWithParent). So the next supervisor finds
 *     no port taken by a forgotten child.
 * By which means, is said at the start: with a control group nobody escapes; docs/orphans.md says who
 * does otherwise.
 */

/** Runs the commands of a file, restarts those that end, and leaves none behind. */
public final class Supervisor {
  private Supervisor() {}

  /**
   * Runs until SIGTERM or Ctrl-C.
   *
   * @param arguments a file with one "name: command" in each line
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    System.err.println(Capability.KILL_WITH_PARENT.check());
    List<Supervised> commands = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      if (!line.isBlank() && !line.startsWith("#")) {
        String[] words = line.split(": *", 2);
        commands.add(new Supervised(words[0], words[1]));
      }
    }
    List<Thread> threads = commands.stream().map(Thread::startVirtualThread).toList();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(threads)));
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void end(List<Thread> threads) {
    threads.forEach(Thread::interrupt);
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts a shutdown hook", e);
    }
  }
}
