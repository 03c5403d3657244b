// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.orphans;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A detached child has nothing of its parent, and lives on. */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class DetachedTest {
  /** Starts a detached child and one that is not, and waits for its own end. */
  static final class Parent {
    private Parent() {}

    public static void main(String[] arguments) throws Exception {
      Spawn.command("sleep", "973")
          .environment(Witness.VARIABLE, arguments[0] + "detached")
          .detached()
          .start();
      Spawn.command("sh", "-c", "echo reads; read x; exec sleep 0.2")
          .environment(Witness.VARIABLE, arguments[0] + "attached")
          .start();
      System.out.println("started");
      Thread.sleep(100_000);
    }
  }

  private static ChildJvm jvm(String mark) {
    ChildJvm jvm = ChildJvm.of(Parent.class).arguments(mark);
    String way = System.getProperty("noinherit.spawn");
    return way == null || way.isEmpty() ? jvm : jvm.flags("-Dnoinherit.spawn=" + way);
  }

  private static Map<String, String> descriptors(int pid) throws IOException {
    Map<String, String> open = new TreeMap<>();
    try (var all = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      for (Path fd : all.toList()) {
        open.put(fd.getFileName().toString(), Files.readSymbolicLink(fd).toString());
      }
    }
    return open;
  }

  @Test
  void itSurvivesInASessionOfItsOwnWithNothingOpen() throws Exception {
    String mark = UUID.randomUUID() + ":";
    try (ChildJvm.Running parent = jvm(mark).start();
        var _ = Scene.ending(parent)) {
      parent.awaitLine("started");
      assertEquals(1, Witness.marked(mark + "attached").size());
      int detached = Witness.marked(mark + "detached").getFirst().pid();
      String status = Files.readString(Path.of("/proc/" + detached + "/status"));
      assertEquals("" + detached, Ask.line(status, "NSsid"));
      assertEquals(
          Map.of("0", "/dev/null", "1", "/dev/null", "2", "/dev/null"), descriptors(detached));
      parent.process().destroyForcibly().waitFor();
      assertTrue(Witness.within(2000, () -> Witness.marked(mark + "attached").isEmpty()));
      Thread.sleep(200);
      assertEquals(1, Witness.marked(mark + "detached").size());
    } finally {
      Witness.end(Witness.marked(mark));
    }
  }

  @Test
  void whatIsPassedIsPassedAndStreamsCanGoToFiles() throws Exception {
    Path file = Files.createTempFile("detached", ".out");
    try (FileChannel channel = FileChannel.open(file)) {
      Process child =
          Spawn.command("sh", "-c", "ls -l /proc/self/fd; test -e /proc/self/fd/7 && echo seven")
              .passAs(7, channel)
              .stdout(Redirect.appendTo(file.toFile()))
              .detached()
              .start();
      assertEquals(0, child.waitFor());
      String said = Files.readString(file);
      assertTrue(said.contains("seven") && said.contains("0 -> /dev/null"), said);
      assertEquals(-1, child.getInputStream().read());
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void itIsAChildAsAnyOtherAsLongAsWeRun() throws Exception {
    Process child = Spawn.command("sh", "-c", "exit 7").detached().start();
    assertEquals(7, child.waitFor());
    Process other =
        Spawn.command("sleep", "972")
            .stdin(Redirect.from(new File("/dev/null")))
            .detached()
            .start();
    other.destroy();
    assertEquals(143, other.waitFor());
  }
}
