// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the documentation says: {@link Spawn#start} keeps its carrier until the child has exec'ed. A
 * child whose output goes to a FIFO execs when somebody opens the other end, here after 400 ms;
 * with one carrier no other virtual thread runs until then.
 */
@Counted
class StartHoldsItsCarrierTest {
  private static final long HELD_MILLIS = 400;

  @TempDir Path folder;

  /**
   * Prints the longest time for which a virtual thread had no turn, without and with such a start.
   */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) throws Exception {
      Path fifo = Path.of(arguments[0]);
      Spawn.command("true").run().orThrow();
      AtomicLong longest = new AtomicLong();
      Thread ticker = Thread.ofVirtual().start(() -> tick(longest));
      Thread.sleep(300);
      longest.set(0);
      Thread.sleep(HELD_MILLIS);
      System.out.println(longest.getAndSet(0) / 1_000_000);
      Thread starter =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      Spawn.command("true").stdout(Redirect.to(fifo.toFile())).run().orThrow();
                    } catch (java.io.IOException | InterruptedException e) {
                      throw new IllegalStateException(e);
                    }
                  });
      Thread.sleep(HELD_MILLIS);
      assertEquals(0, Files.newInputStream(fifo).readAllBytes().length);
      starter.join();
      ticker.interrupt();
      ticker.join();
      System.out.println(longest.get() / 1_000_000);
    }

    private static void tick(AtomicLong longest) {
      long last = System.nanoTime();
      while (!Thread.interrupted()) {
        LockSupport.parkNanos(100_000);
        long now = System.nanoTime();
        long gap = now - last;
        longest.accumulateAndGet(gap, Math::max);
        last = now;
      }
    }
  }

  @Test
  void oneStartThatWaitsKeepsTheOnlyCarrier() throws Exception {
    Path fifo = folder.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    String out =
        ChildJvm.of(Program.class)
            .flags(
                "-Djdk.virtualThreadScheduler.parallelism=1",
                "-Djdk.virtualThreadScheduler.maxPoolSize=1")
            .arguments(fifo.toString())
            .run()
            .outOrThrow();
    long[] millis = out.lines().mapToLong(Long::parseLong).toArray();
    assertTrue(millis[0] < HELD_MILLIS / 2, () -> "without a start: " + millis[0] + " ms");
    assertTrue(millis[1] >= HELD_MILLIS * 9 / 10, () -> "with a start: " + millis[1] + " ms");
  }
}
