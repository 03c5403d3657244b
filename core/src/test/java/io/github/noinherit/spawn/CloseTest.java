// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.DescriptorTable;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** close() as Process of JDK 26 has it, and what garbage collection closes. */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class CloseTest {
  @TempDir Path folder;

  @Test
  void closeEndsTheChildAndItsStreams() throws Exception {
    SpawnedProcess process = Spawn.command("sleep", "30").start();
    process.close();
    assertEquals(128 + 15, process.waitFor());
    assertThrows(IOException.class, () -> process.getInputStream().read());
    assertThrows(IOException.class, () -> process.getErrorStream().read());
    process.close();
    assertEquals(128 + 15, process.exitValue());
  }

  @Test
  void closeDoesNotWait() throws Exception {
    SpawnedProcess deaf =
        Spawn.command("sh", "-c", "trap '' TERM; echo r; while :; do sleep 0.05; done").start();
    assertEquals('r', deaf.getInputStream().read());
    deaf.close();
    assertTrue(deaf.isAlive());
    deaf.destroyForcibly();
    assertEquals(128 + 9, deaf.waitFor());
  }

  @Test
  void closeWritesWhatTheWriterStillHas() throws Exception {
    Path out = folder.resolve("out");
    SpawnedProcess process =
        Spawn.command("sh", "-c", "trap 'cat >" + out + "; exit 0' TERM; echo r; sleep 5 & wait $!")
            .start();
    assertEquals('r', process.getInputStream().read());
    process.outputWriter(UTF_8).write("still in the writer");
    process.close();
    process.waitFor();
    assertEquals("still in the writer", Files.readString(out));
    process.descendants().forEach(ProcessHandle::destroyForcibly);
  }

  @Test
  void closeAfterTheEndChangesNothing() throws Exception {
    SpawnedProcess process = Spawn.command("sh", "-c", "exit 7").start();
    assertEquals(7, process.waitFor());
    process.close();
    assertEquals(7, process.exitValue());
  }

  @Test
  void whatCannotBeWrittenAnyMoreIsToldAndAllElseIsDone() throws Exception {
    SpawnedProcess process = Spawn.command("sh", "-c", "exec <&-; echo r; exec sleep 100").start();
    assertEquals('r', process.getInputStream().read());
    process.outputWriter(UTF_8).write("nobody reads this");
    assertThrows(IOException.class, process::close);
    assertEquals(128 + 15, process.waitFor());
    process.close();
  }

  @Test
  void anUnreferencedProcessGivesItsPipesBackThoughAGrandchildHasTheOtherEnd() throws Exception {
    DescriptorTable before = DescriptorTable.ofThisProcess();
    WeakReference<Process> process = startAndForget();
    for (int i = 0; i < 200 && !givenBack(before); i++) {
      System.gc();
      Thread.sleep(20);
    }
    assertTrue(process.refersTo(null));
    DescriptorTable.ofThisProcess().assertNothingSince(before);
  }

  private static WeakReference<Process> startAndForget() throws Exception {
    Process process = Spawn.command("sh", "-c", "sleep 10 & echo $!").start();
    assertEquals(0, process.waitFor());
    String pid = process.inputReader(UTF_8).readLine();
    GRANDCHILDREN.add(Long.parseLong(pid));
    return new WeakReference<>(process);
  }

  private static final List<Long> GRANDCHILDREN = new java.util.ArrayList<>();

  @org.junit.jupiter.api.AfterAll
  static void endGrandchildren() {
    GRANDCHILDREN.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
  }

  private static boolean givenBack(DescriptorTable before) {
    return DescriptorTable.ofThisProcess().since(before).isEmpty();
  }
}
