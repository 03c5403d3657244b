// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.orphans;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.CommandException;
import io.github.noinherit.Limit;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * A tree is to be ended where there is no descriptor left to look for it.
 *
 * <p>How this works: a JVM that may have few descriptors starts a shell with a child, opens files
 * until it may not, and ends the tree. The shell itself must be gone, which needs no descriptor,
 * and it must be told that the others were not found.
 */
@Counted
class FewDescriptorsTest {
  public static void main(String[] arguments) throws Exception {
    Spawn tree =
        Spawn.command("sh", "-c", "sleep 300 & wait")
            .environment(Witness.VARIABLE, arguments[1])
            .stdin(Redirect.from(new java.io.File("/dev/null")))
            .stdout(Redirect.DISCARD)
            .stderr(Redirect.DISCARD);
    // all classes are there then
    tree.start().destroyTree();
    try {
      tree.capture(Limit.time(Duration.ofMillis(50)));
    } catch (CommandException.TimedOut e) {
      System.err.println(e.getMessage());
    }
    List<FileInputStream> open = new ArrayList<>();
    if (arguments[0].equals("destroyTree")) {
      SpawnedProcess child = tree.start();
      fill(open);
      String told = "nothing";
      try {
        child.destroyTree();
      } catch (UncheckedIOException e) {
        told = e.getMessage();
      }
      boolean ended = child.waitFor(5, TimeUnit.SECONDS);
      end(open);
      System.out.println(ended + " " + told.contains("Too many open files"));
    } else {
      Thread filler =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      Thread.sleep(500);
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                    fill(open);
                  });
      String told = "nothing";
      try {
        tree.capture(Limit.time(Duration.ofSeconds(1)));
      } catch (CommandException.TimedOut e) {
        told = String.valueOf(e.getMessage());
      }
      filler.join();
      end(open);
      System.out.println(told.contains("as far as could be"));
    }
  }

  private static void fill(List<FileInputStream> open) {
    try {
      while (true) {
        open.add(new FileInputStream("/dev/null"));
      }
    } catch (IOException e) { // EMFILE
      return;
    }
  }

  private static void end(List<FileInputStream> open) throws IOException {
    for (FileInputStream in : open) {
      in.close();
    }
  }

  private static String answer(String how, String mark) throws Exception {
    List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -n 100; exec \"$@\"", "sh"));
    command.addAll(ChildJvm.of(FewDescriptorsTest.class).arguments(how, mark).command());
    Process jvm = new ProcessBuilder(command).redirectError(Redirect.DISCARD).start();
    try {
      String out = new String(jvm.getInputStream().readAllBytes(), US_ASCII).strip();
      assertEquals(0, jvm.waitFor(), out);
      return out;
    } finally {
      jvm.destroyForcibly().waitFor();
    }
  }

  private static void check(String how, String wanted) throws Exception {
    String mark = UUID.randomUUID().toString();
    try {
      assertEquals(wanted, answer(how, mark));
      assertTrue(
          Witness.marked(mark).stream().noneMatch(s -> s.command().startsWith("sh ")),
          () -> "alive: " + Witness.marked(mark));
    } finally {
      Witness.end(Witness.marked(mark));
    }
  }

  @Test
  void theChildIsKilledAndTheRestIsTold() throws Exception {
    check("destroyTree", "true true");
  }

  @Test
  void aCommandWhoseTimeIsOverIsKilledToo() throws Exception {
    check("capture", "true");
  }
}
