// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.testkit.Counted;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading what a child writes, writing what it reads, while it runs and after its end. */
@Tag("every-way")
@Tag("every-jdk")
@Counted(warmUp = WarmUp.class)
class StreamsTest {
  private static void on(boolean virtual, Body body) throws Exception {
    CompletableFuture<String> done = new CompletableFuture<>();
    Runnable task =
        () -> {
          try {
            body.run();
            done.complete("");
          } catch (Throwable t) {
            done.completeExceptionally(t);
          }
        };
    Thread thread = virtual ? Thread.ofVirtual().start(task) : Thread.ofPlatform().start(task);
    done.get(60, TimeUnit.SECONDS);
    thread.join();
  }

  private interface Body {
    void run() throws Exception;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void fourMegabytesGoThroughAndComeBack(boolean virtual) throws Exception {
    byte[] bytes = new byte[4 << 20];
    new Random(1).nextBytes(bytes);
    on(
        virtual,
        () -> {
          SpawnedProcess cat = Spawn.command("cat").start();
          Thread writer =
              (virtual ? Thread.ofVirtual() : Thread.ofPlatform())
                  .start(
                      () -> {
                        try (OutputStream out = cat.getOutputStream()) {
                          out.write(bytes);
                        } catch (IOException e) {
                          throw new java.io.UncheckedIOException(e);
                        }
                      });
          assertArrayEquals(bytes, cat.getInputStream().readAllBytes());
          writer.join();
          assertEquals(0, cat.waitFor());
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readersAndWritersTalk(boolean virtual) throws Exception {
    on(
        virtual,
        () -> {
          try (SpawnedProcess process =
              Spawn.command("sh", "-c", "while read x; do echo \"<$x>\"; done").start()) {
            var writer = process.outputWriter(UTF_8);
            BufferedReader reader = process.inputReader(UTF_8);
            for (int i = 0; i < 100; i++) {
              writer.write("line " + i + "\n");
              writer.flush();
              assertEquals("<line " + i + ">", reader.readLine());
            }
            writer.close();
            assertEquals(null, reader.readLine());
            assertEquals(0, process.waitFor());
          }
        });
  }

  @Test
  void availableIsWhatTheKernelHas() throws Exception {
    try (SpawnedProcess process = Spawn.command("sh", "-c", "printf 12345; read x").start()) {
      InputStream in = process.getInputStream();
      while (in.available() == 0) {
        Thread.sleep(1);
      }
      assertEquals(5, in.available());
      assertEquals('1', in.read());
      assertEquals(4, in.available());
      assertEquals(0, process.getErrorStream().available());
      process.getOutputStream().close();
      process.waitFor();
      assertEquals(4, in.available());
      assertEquals("2345", new String(in.readAllBytes(), UTF_8));
      assertEquals(0, in.available());
      assertEquals(-1, in.read());
    }
  }

  @Test
  void aFullPipeIsThereAfterTheEnd() throws Exception {
    SpawnedProcess process =
        Spawn.command("sh", "-c", "head -c 65536 /dev/zero; head -c 4096 /dev/zero >&2").start();
    assertEquals(0, process.waitFor());
    assertEquals(65536, process.getInputStream().readAllBytes().length);
    assertEquals(4096, process.getErrorStream().readAllBytes().length);
  }

  @Test
  void aReaderThatIsAmidReadingAtTheEndLosesNothing() throws Exception {
    for (int i = 0; i < 50; i++) {
      SpawnedProcess process = Spawn.command("seq", "1", "3000").start();
      try (BufferedReader reader = process.inputReader(UTF_8)) {
        for (int n = 1; n <= 3000; n++) {
          assertEquals(Integer.toString(n), reader.readLine());
        }
        assertEquals(null, reader.readLine());
      }
      assertEquals(0, process.waitFor());
    }
  }

  @Test
  void aGrandchildThatKeepsThePipeGoesOnBeingRead() throws Exception {
    SpawnedProcess process =
        Spawn.command("sh", "-c", "(sleep 0.5; echo late) & echo early").start();
    assertEquals(0, process.waitFor());
    try (BufferedReader reader = process.inputReader(UTF_8)) {
      assertEquals("early", reader.readLine());
      assertEquals("late", reader.readLine());
      assertEquals(null, reader.readLine());
    }
    process.getErrorStream().close();
    process.getOutputStream().close();
  }

  @Test
  void aGrandchildThatKeepsTheInputGoesOnBeingWrittenTo() throws Exception {
    SpawnedProcess process = Spawn.command("sh", "-c", "exec 3<&0; cat <&3 & exit 0").start();
    assertEquals(0, process.waitFor());
    process.getOutputStream().write("to the grandchild".getBytes(UTF_8));
    process.getOutputStream().close();
    assertEquals("to the grandchild", new String(process.getInputStream().readAllBytes(), UTF_8));
    process.getErrorStream().close();
  }

  @Test
  void writingToAChildThatHasEndedFails() throws Exception {
    SpawnedProcess process = Spawn.command("true").start();
    process.waitFor();
    OutputStream out = process.getOutputStream();
    assertThrows(
        IOException.class,
        () -> {
          out.write(new byte[100_000]);
          out.flush();
        });
  }

  @Test
  void aClosedStreamIsClosedForItsReaderToo() throws Exception {
    try (SpawnedProcess process = Spawn.command("cat").start()) {
      CompletableFuture<Throwable> thrown = new CompletableFuture<>();
      Thread reader =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      thrown.complete(
                          new AssertionError("read " + process.getInputStream().read()));
                    } catch (Throwable t) {
                      thrown.complete(t);
                    }
                  });
      Thread.sleep(100);
      process.getInputStream().close();
      Throwable t = thrown.get(20, TimeUnit.SECONDS);
      assertTrue(t instanceof IOException, () -> "not an IOException: " + t);
      reader.join();
      assertThrows(IOException.class, () -> process.getInputStream().read());
    }
  }

  @Test
  void closingTheInputIsEndOfFileForTheChild() throws Exception {
    SpawnedProcess process = Spawn.command("wc", "-c").start();
    process.getOutputStream().write(new byte[10]);
    process.getOutputStream().close();
    process.getOutputStream().close();
    assertThrows(IOException.class, () -> write(process));
    assertEquals("10", new String(process.getInputStream().readAllBytes(), UTF_8).strip());
    assertEquals(0, process.waitFor());
  }

  private static void write(Process process) throws IOException {
    process.getOutputStream().write(1);
    process.getOutputStream().flush();
  }

  @Test
  void aHundredVirtualThreadsReadFromFewCarriers() throws Exception {
    List<SpawnedProcess> children = new ArrayList<>();
    List<CompletableFuture<String>> lines = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      SpawnedProcess child = Spawn.command("cat").start();
      children.add(child);
      CompletableFuture<String> line = new CompletableFuture<>();
      lines.add(line);
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  line.complete(String.valueOf(child.inputReader(UTF_8).readLine()));
                } catch (IOException e) {
                  line.completeExceptionally(e);
                }
              });
    }
    // with all of them blocked in read, others still get a carrier
    on(true, () -> assertFalse(lines.getFirst().isDone()));
    for (SpawnedProcess child : children) {
      child.getOutputStream().write("line\n".getBytes(UTF_8));
      child.getOutputStream().close();
    }
    for (CompletableFuture<String> line : lines) {
      assertEquals("line", line.get(20, TimeUnit.SECONDS));
    }
    for (SpawnedProcess child : children) {
      assertEquals(0, child.waitFor());
    }
  }
}
