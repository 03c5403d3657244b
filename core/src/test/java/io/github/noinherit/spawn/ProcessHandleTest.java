// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.testkit.Counted;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What of java.lang.Process goes by pid. */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class ProcessHandleTest {
  @TempDir Path folder;

  @Test
  void theHandleIsTheChilds() throws Exception {
    try (SpawnedProcess process = Spawn.command("cat", "-").start()) {
      ProcessHandle handle = process.toHandle();
      assertEquals(process.pid(), handle.pid());
      assertTrue(handle.isAlive());
      assertEquals(ProcessHandle.current().pid(), handle.parent().orElseThrow().pid());
      assertTrue(process.info().command().orElseThrow().endsWith("cat"), process.info()::toString);
      assertTrue(ProcessHandle.current().children().anyMatch(handle::equals));
      process.getOutputStream().close();
      assertEquals(0, process.waitFor());
      handle.onExit().get(20, TimeUnit.SECONDS);
      assertFalse(handle.isAlive());
      assertEquals(process.pid(), process.toHandle().pid());
    }
  }

  @Test
  void aChildThatEndsAtOnceHasAHandleToo() throws Exception {
    for (int i = 0; i < 500; i++) {
      SpawnedProcess process = Spawn.command("true").start();
      assertEquals(process.pid(), process.toHandle().pid());
      assertEquals(0, process.waitFor());
      assertEquals(process.pid(), process.toHandle().pid());
      assertEquals(List.of(), process.children().toList());
    }
  }

  @Test
  void childrenAndDescendantsAreSeen() throws Exception {
    Path ready = folder.resolve("ready");
    String script = "sh -c 'sleep 100 & touch " + ready + "; wait' & wait";
    try (SpawnedProcess process = Spawn.command("sh", "-c", script).start()) {
      while (Files.notExists(ready)) {
        Thread.sleep(5);
      }
      // touch itself is a third for a moment
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (process.descendants().count() != 2 && System.nanoTime() < deadline) {
        Thread.sleep(5);
      }
      assertEquals(1, process.children().count());
      List<ProcessHandle> descendants = process.descendants().toList();
      assertEquals(2, descendants.size());
      descendants.forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      process.waitFor();
    }
  }

  @Test
  void destroyAsksAndDestroyForciblyEnds() throws Exception {
    SpawnedProcess asked = Spawn.command("cat").start();
    assertTrue(asked.supportsNormalTermination());
    asked.destroy();
    assertEquals(128 + 15, asked.waitFor());
    SpawnedProcess deaf =
        Spawn.command("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done").start();
    assertEquals('r', deaf.getInputStream().read());
    deaf.destroy();
    assertFalse(deaf.waitFor(200, TimeUnit.MILLISECONDS));
    assertEquals(deaf, deaf.destroyForcibly());
    assertEquals(128 + 9, deaf.waitFor());
    deaf.destroy();
    deaf.destroyForcibly();
    assertEquals(128 + 9, deaf.exitValue());
  }

  @Test
  void destroyClosesTheStreams() throws Exception {
    SpawnedProcess process = Spawn.command("cat").start();
    process
        .getOutputStream()
        .write("buffered, and thrown away".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    process.destroyForcibly();
    org.junit.jupiter.api.Assertions.assertThrows(
        java.io.IOException.class, () -> process.getInputStream().read());
    org.junit.jupiter.api.Assertions.assertThrows(
        java.io.IOException.class,
        () -> {
          process.getOutputStream().write(1);
          process.getOutputStream().flush();
        });
    process.waitFor();
  }
}
