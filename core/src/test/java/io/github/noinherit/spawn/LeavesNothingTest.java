// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.Census;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.DescriptorTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** When children have ended this process has what it had before, though nobody closed a stream. */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class LeavesNothingTest {
  private static void assertNothingLeftSince(Census before) throws InterruptedException {
    List<String> left = Census.leftBehindSince(before, Duration.ofSeconds(2));
    assertTrue(left.isEmpty(), () -> String.join("\n", left));
  }

  @Test
  void aThousandChildrenOneAfterTheOther() throws Exception {
    Census before = Census.take();
    for (int i = 0; i < 1000; i++) {
      assertEquals(0, Spawn.command("true").start().waitFor());
    }
    assertNothingLeftSince(before);
  }

  @Test
  void onReturnFromWaitForThePipesAreGivenBackAndTheOutputIsThere() throws Exception {
    List<Process> ended = new ArrayList<>();
    DescriptorTable before = DescriptorTable.ofThisProcess();
    for (int i = 0; i < 200; i++) {
      Process process = Spawn.command("sh", "-c", "echo out; echo err >&2").start();
      assertEquals(0, process.waitFor());
      DescriptorTable.ofThisProcess().assertNothingSince(before);
      ended.add(process);
    }
    for (Process process : ended) {
      assertEquals("out\n", new String(process.getInputStream().readAllBytes(), UTF_8));
      assertEquals("err\n", new String(process.getErrorStream().readAllBytes(), UTF_8));
    }
  }

  @Test
  void childrenThatRunTogetherGiveEverythingBack() throws Exception {
    Census before = Census.take();
    List<Process> running = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      running.add(Spawn.command("cat").start());
    }
    for (Process process : running) {
      process.getOutputStream().close();
    }
    for (Process process : running) {
      assertEquals(0, process.waitFor());
    }
    assertNothingLeftSince(before);
  }

  @Test
  void threadsThatStartAtTheSameTimeGiveEverythingBack() throws Exception {
    Census before = Census.take();
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
    for (int t = 0; t < 4; t++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < 50; i++) {
                        assertEquals(0, Spawn.command("true").start().waitFor());
                      }
                    } catch (Exception | AssertionError e) {
                      failures.add(e);
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), failures);
    assertNothingLeftSince(before);
  }

  @Test
  void oneThreadWaitsForAllChildren() throws Exception {
    List<Process> running = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      running.add(Spawn.command("cat").start());
    }
    long reapers =
        Thread.getAllStackTraces().keySet().stream()
            .filter(t -> t.getName().contains("reaper") && t.getName().startsWith("noinherit"))
            .count();
    assertEquals(1, reapers);
    for (Process process : running) {
      process.destroyForcibly();
      assertEquals(128 + 9, process.waitFor());
    }
  }
}
