// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Counted
class ChildJvmTest {
  @TempDir Path folder;

  static final class Echo {
    public static void main(String[] arguments) throws IOException {
      System.out.println(String.join(",", arguments));
      System.out.println(System.getenv("SET") + " " + System.getenv("JAVA_TOOL_OPTIONS"));
      System.out.println(System.getProperty("flag") + " \u00fc");
      System.out.println(System.getProperty("sun.jnu.encoding"));
      System.err.println("said on stderr");
      System.exit(arguments.length);
    }
  }

  static final class ShowTable {
    public static void main(String[] arguments) {
      DescriptorTable.ofThisProcess().descriptors().values().forEach(System.out::println);
    }
  }

  static final class Sleeper {
    public static void main(String[] arguments) throws Exception {
      Process child = new ProcessBuilder("sleep", "60").start();
      System.out.println("noise\n" + child.pid());
      System.out.println("ready");
      Thread.sleep(60_000);
    }
  }

  @Test
  void collectsWhatItSaysAndHowItEnds() throws Exception {
    ChildJvm.Result result =
        ChildJvm.of(Echo.class)
            .arguments("a b", "c")
            .environment("SET", "yes")
            .environment("JAVA_TOOL_OPTIONS", null)
            .flags("-Dflag=up")
            .run();
    assertEquals(2, result.exitValue());
    assertEquals(
        List.of("a b,c", "yes null", "up \u00fc"), result.out().lines().toList().subList(0, 3));
    assertEquals("said on stderr\n", result.err());
    assertThrows(AssertionError.class, result::outOrThrow);
  }

  @Test
  void runsInTheLocaleAsked() throws Exception {
    assertEquals(
        "UTF-8", ChildJvm.of(Echo.class).locale("C.UTF-8").run().out().lines().toList().get(3));
    assertEquals(
        "ANSI_X3.4-1968",
        ChildJvm.of(Echo.class).locale("POSIX").run().out().lines().toList().get(3));
  }

  @Test
  void startsWithNothingOfOursButTheStandardStreams() throws Exception {
    int fd = RawFlags.openInheritable(Files.createFile(folder.resolve("inheritable")));
    try {
      List<String> lines = ChildJvm.of(ShowTable.class).run().outOrThrow().lines().toList();
      assertTrue(lines.getFirst().startsWith("0 -> /dev/null"), lines::toString);
      assertEquals(
          List.of(),
          lines.stream()
              .skip(3)
              .filter(line -> !line.contains("/lib/modules") && !line.contains(".jar "))
              .toList());
    } finally {
      RawFlags.close(fd);
    }
  }

  @Test
  void oneThatDoesNotEndIsEndedWithWhatItStarted() throws Exception {
    AssertionError error =
        assertThrows(
            AssertionError.class,
            () -> ChildJvm.of(Sleeper.class).timeout(Duration.ofSeconds(3)).run());
    String message = String.valueOf(error.getMessage());
    assertTrue(message.contains("did not end within PT3S"), message);
    long grandchild =
        Long.parseLong(message.lines().dropWhile(l -> !l.equals("noise")).toList().get(1));
    awaitEnd(grandchild);
  }

  @Test
  void oneThatRunsIsReadLineByLineAndEndedByClose() throws Exception {
    long pid;
    long grandchild;
    try (ChildJvm.Running child = ChildJvm.of(Sleeper.class).start()) {
      pid = child.pid();
      child.awaitLine("noise");
      grandchild = Long.parseLong(child.readLine());
      child.awaitLine("ready");
      assertTrue(child.process().isAlive());
    }
    assertFalse(ProcessHandle.of(pid).isPresent());
    awaitEnd(grandchild);
  }

  @Test
  void oneThatEndsInsteadOfSpeakingSaysWhy() throws Exception {
    try (ChildJvm.Running child = ChildJvm.of("no.such.Main").start()) {
      IOException e = assertThrows(IOException.class, child::readLine);
      assertTrue(String.valueOf(e.getMessage()).contains("no.such.Main"), e::toString);
    }
  }

  private static void awaitEnd(long pid) throws InterruptedException {
    for (int i = 0; i < 500 && isRunning(pid); i++) {
      Thread.sleep(10);
    }
    assertFalse(isRunning(pid));
  }

  /** Not a zombie either: an orphan is reaped by whoever adopts it, in its own time. */
  private static boolean isRunning(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }
}
