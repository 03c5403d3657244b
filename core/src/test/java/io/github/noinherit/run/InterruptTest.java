// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.noinherit.Lines;
import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.Counted;
import java.io.File;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A thread that is interrupted while it waits for a command. */
@Tag("every-way")
@Tag("every-jdk")
@Counted(warmUp = WarmUp.class)
class InterruptTest {
  private static final Redirect DISCARD = Redirect.DISCARD;
  private static final Redirect EMPTY = Redirect.from(new File("/dev/null"));

  @TempDir Path folder;
  private final Processes processes = new Processes();

  @AfterEach
  void endWhatIsLeft() {
    processes.close();
  }

  private Spawn tree() {
    return Spawn.command(
        "sh",
        "-c",
        "echo $$ >>$1; sleep 100 & echo $! >>$1; yes >&2 & echo $! >>$1; wait",
        "tree",
        pids().toString());
  }

  private Path pids() {
    return folder.resolve("pids");
  }

  private void assertInterruptEnds(boolean virtual, On.Body body) throws Exception {
    On on = On.start(virtual, body);
    List<Long> pids = processes.awaitIn(pids(), 3);
    on.interrupt();
    assertInstanceOf(InterruptedException.class, on.thrown());
    assertEquals(List.of(), Processes.alive(pids));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void capturing(boolean virtual) throws Exception {
    assertInterruptEnds(virtual, () -> tree().stderr(DISCARD).capture());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void running(boolean virtual) throws Exception {
    assertInterruptEnds(virtual, () -> tree().stdin(EMPTY).stdout(DISCARD).stderr(DISCARD).run());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPipeline(boolean virtual) throws Exception {
    assertInterruptEnds(
        virtual, () -> Spawn.pipeline(tree().stderr(DISCARD), Spawn.command("cat")).capture());
  }

  /** The thread is interrupted before it begins to wait. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void atOnce(boolean virtual) throws Exception {
    On on =
        On.start(
            virtual,
            () -> {
              Thread.currentThread().interrupt();
              tree().stderr(DISCARD).capture();
            });
    assertInstanceOf(InterruptedException.class, on.thrown());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void waitingForALineEndsTheWaitAndClosingEndsTheCommand(boolean virtual) throws Exception {
    On on =
        On.start(
            virtual,
            () -> {
              try (Lines lines = tree().stderr(DISCARD).lines()) {
                lines.next();
              }
            });
    List<Long> pids = processes.awaitIn(pids(), 3);
    on.interrupt();
    assertInstanceOf(InterruptedException.class, on.thrown());
    assertEquals(List.of(), Processes.alive(pids));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anIteratorThrowsUncheckedAndTheStatusIsKept(boolean virtual) throws Exception {
    boolean[] status = new boolean[1];
    On on =
        On.start(
            virtual,
            () -> {
              try (Lines lines = tree().stderr(DISCARD).lines()) {
                try {
                  lines.forEach(line -> fail("a line: " + line));
                } finally {
                  status[0] = Thread.currentThread().isInterrupted();
                }
              }
            });
    List<Long> pids = processes.awaitIn(pids(), 3);
    on.interrupt();
    assertInstanceOf(UncheckedIOException.class, on.thrown());
    assertTrue(status[0], "its interrupt status is lost");
    assertEquals(List.of(), Processes.alive(pids));
  }
}
