// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.testkit.Counted;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Waiting for a child, and how it ended. */
@Tag("every-way")
@Tag("every-jdk")
@Counted(warmUp = WarmUp.class)
class ExitStatusTest {
  private static SpawnedProcess sh(String script) throws java.io.IOException {
    return Spawn.command("sh", "-c", script).start();
  }

  @Test
  void everyStatusFromZeroTo255() throws Exception {
    for (int status = 0; status < 256; status++) {
      assertEquals(status, sh("exit " + status).waitFor());
    }
  }

  @Test
  void aSignalIs128AndItsNumber() throws Exception {
    for (int signal : new int[] {1, 2, 3, 6, 9, 11, 13, 15, 34, 64}) {
      assertEquals(128 + signal, sh("ulimit -c 0; kill -" + signal + " $$").waitFor());
    }
  }

  @Test
  void aRunningChildHasNoExitValue() throws Exception {
    try (SpawnedProcess process = Spawn.command("cat").start()) {
      assertThrows(IllegalThreadStateException.class, process::exitValue);
      assertTrue(process.isAlive());
      assertTrue(process.toString().contains("running"), process::toString);
      process.getOutputStream().close();
      assertEquals(0, process.waitFor());
      assertEquals(0, process.exitValue());
      assertFalse(process.isAlive());
      assertTrue(process.toString().contains("exitValue=0"), process::toString);
    }
  }

  @Test
  void waitingMayEndBeforeTheChild() throws Exception {
    try (SpawnedProcess process = Spawn.command("cat").start()) {
      assertFalse(process.waitFor(-1, TimeUnit.SECONDS));
      assertFalse(process.waitFor(0, TimeUnit.SECONDS));
      long start = System.nanoTime();
      assertFalse(process.waitFor(50, TimeUnit.MILLISECONDS));
      assertTrue(System.nanoTime() - start >= 50_000_000L);
      process.getOutputStream().close();
      assertTrue(process.waitFor(20, TimeUnit.SECONDS));
      assertTrue(process.waitFor(0, TimeUnit.SECONDS));
    }
  }

  @Test
  void waitingMayBeInterrupted() throws Exception {
    try (SpawnedProcess process = Spawn.command("cat").start()) {
      AtomicReference<Object> result = new AtomicReference<>();
      CountDownLatch begun = new CountDownLatch(1);
      Thread waiter =
          Thread.ofVirtual()
              .start(
                  () -> {
                    begun.countDown();
                    try {
                      result.set(process.waitFor());
                    } catch (InterruptedException e) {
                      result.set(e);
                    }
                  });
      begun.await();
      Thread.sleep(50);
      waiter.interrupt();
      waiter.join();
      assertEquals(InterruptedException.class, result.get().getClass());
      assertTrue(process.isAlive());
    }
  }

  @Test
  void manyMayWait() throws Exception {
    try (SpawnedProcess process = Spawn.command("cat").start()) {
      List<CompletableFuture<Integer>> statuses =
          java.util.stream.IntStream.range(0, 20)
              .mapToObj(
                  i -> {
                    CompletableFuture<Integer> status = new CompletableFuture<>();
                    Thread.ofVirtual()
                        .start(
                            () -> {
                              try {
                                status.complete(process.waitFor());
                              } catch (InterruptedException e) {
                                status.completeExceptionally(e);
                              }
                            });
                    return status;
                  })
              .toList();
      process.getOutputStream().close();
      for (CompletableFuture<Integer> status : statuses) {
        assertEquals(0, status.get(20, TimeUnit.SECONDS));
      }
    }
  }

  @Test
  void eachFutureIsItsOwnAndNoneCompletesOnTheReaper() throws Exception {
    try (SpawnedProcess process = Spawn.command("cat").start()) {
      CompletableFuture<Process> first = process.onExit();
      CompletableFuture<Process> second = process.onExit();
      CompletableFuture<String> thread =
          process.onExit().thenApply(p -> Thread.currentThread().getName());
      assertFalse(first.isDone());
      assertTrue(first.cancel(true));
      assertTrue(process.isAlive());
      assertFalse(second.isDone());
      process.getOutputStream().close();
      assertEquals(process, second.get(20, TimeUnit.SECONDS));
      assertTrue(first.isCancelled());
      assertFalse(thread.get(20, TimeUnit.SECONDS).contains("reaper"), thread::toString);
      assertEquals(0, second.get().exitValue());
    }
  }

  @Test
  void afterTheEndAFutureIsCompleteAtOnce() throws Exception {
    SpawnedProcess process = sh("exit 3");
    assertEquals(3, process.waitFor());
    assertTrue(process.onExit().isDone());
    assertEquals(3, process.onExit().get().exitValue());
  }

  @Test
  void aFutureThatBlocksBlocksNoOtherChild() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    SpawnedProcess blocked = sh("sleep 0.1");
    CompletableFuture<Void> waits =
        blocked
            .onExit()
            .thenAccept(
                p -> {
                  try {
                    release.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    for (int i = 0; i < 5; i++) {
      assertTrue(sh("exit 0").waitFor(20, TimeUnit.SECONDS));
    }
    release.countDown();
    waits.get(20, TimeUnit.SECONDS);
  }
}
