// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.selfexec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import io.github.noinherit.testkit.SeccompJvm;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A restart that does not come off, and a java that is exchanged meanwhile.
 *
 * <p>The program runs by a copy of the java launcher, which the test puts another in place of, as a
 * package manager does: a file that is open for writing makes execve itself fail (ETXTBSY), after
 * everything else was done.
 */
@Counted
@Needs(Need.PYTHON3)
final class RestartFailsTest {
  @TempDir Path folder;

  /** A Java home with a launcher of its own; the rest is the real one's. */
  private Path home() throws IOException {
    Path real = Path.of(System.getProperty("java.home"));
    Path home = folder.resolve("java");
    Files.createDirectories(home.resolve("bin"));
    Files.createSymbolicLink(home.resolve("lib"), real.resolve("lib"));
    Files.createSymbolicLink(home.resolve("conf"), real.resolve("conf"));
    Files.copy(
        real.resolve("bin/java"), home.resolve("bin/java"), StandardCopyOption.COPY_ATTRIBUTES);
    return home;
  }

  private Restarted program(Path home) throws IOException {
    return Restarted.start(
        ChildJvm.of(RestartingProgram.class).flags(RestartingProgram.FLAGS).javaHome(home));
  }

  /** Another file under the same name, while the old one runs. */
  private static void exchange(Path java) throws IOException {
    Path fresh = java.resolveSibling("java.new");
    Files.copy(java, fresh, StandardCopyOption.COPY_ATTRIBUTES);
    Files.move(fresh, java, StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void everythingIsAsItWasAfterAnExecThatFails() throws Exception {
    Path home = home();
    Path java = home.resolve("bin/java");
    try (Restarted p = program(home)) {
      p.ask("listen http");
      p.ask("file log " + folder.resolve("log"));
      p.ask("file other " + folder.resolve("other"));
      exchange(java);
      String before = p.seen("fds");
      String mask = p.seen("status", "SigBlk");
      try (RandomAccessFile writing = new RandomAccessFile(java.toFile(), "rw")) {
        String message = p.ask("restart http log");
        assertTrue(
            message.startsWith(
                "SystemCallException: execve(\"" + java + "\"): ETXTBSY (26) Text file busy; "),
            message);
        assertEquals(before, withoutOpenedSince(p.seen("fds"), before));
        assertEquals(mask, p.seen("status", "SigBlk"));
        message = p.ask("restart http log virtual");
        assertTrue(message.contains("ETXTBSY"), message);
        before = p.seen("fds");
        message = p.ask("restart http"); // in a table of its own
        assertTrue(message.contains("ETXTBSY"), message);
        assertEquals(before, p.seen("fds"));
        assertEquals(mask, p.seen("status", "SigBlk"));
        assertEquals("true", p.ask("byDefault"));
        before = p.seen("fds");
        message = p.ask("restart http log");
        assertTrue(message.contains("ETXTBSY"), message);
        assertEquals(before, p.seen("fds"));
        message = p.ask("restart http");
        assertTrue(message.contains("ETXTBSY"), message);
        assertEquals(before, p.seen("fds"));
        assertTrue(writing.getChannel().isOpen());
      }
      assertTrue(Long.parseLong(p.ask("spawn true")) > 0, "children are born again");
      p.tell("restart http log");
      assertEquals("[http, log] []", p.awaitUp(1));
    }
  }

  /** Jars that the JVM has opened while classes were loaded for the first time. */
  private static String withoutOpenedSince(String now, String before) {
    return now.lines()
        .filter(l -> !l.contains(".jar ") || before.lines().anyMatch(l::equals))
        .reduce((a, b) -> a + "\n" + b)
        .orElseThrow();
  }

  @Test
  void theJavaThatWasPutInItsPlaceIsRun() throws Exception {
    Path home = home();
    try (Restarted p = program(home)) {
      String old = Files.getAttribute(home.resolve("bin/java"), "unix:ino").toString();
      exchange(home.resolve("bin/java"));
      p.tell("restart");
      p.awaitUp(1);
      Object now = Files.getAttribute(Path.of("/proc/" + p.jvm().pid() + "/exe"), "unix:ino");
      assertEquals(Files.getAttribute(home.resolve("bin/java"), "unix:ino"), now);
      assertTrue(!old.equals(now.toString()), "another file");
    }
  }

  @Test
  void aJavaThatIsGoneIsSaidToBe() throws Exception {
    Path home = home();
    try (Restarted p = program(home)) {
      Files.delete(home.resolve("bin/java"));
      String before = p.seen("fds");
      String message = p.ask("restart");
      assertTrue(message.contains("ENOENT (2) No such file or directory; "), message);
      assertTrue(message.contains("was removed"), message);
      assertEquals(before, withoutOpenedSince(p.seen("fds"), before));
    }
  }

  @Test
  void afterHooksTheProcessEndsWithALine() throws Exception {
    Path home = home();
    Path java = home.resolve("bin/java");
    try (Restarted p = program(home)) {
      p.ask("listen http");
      p.ask("hook " + folder.resolve("file") + " http");
      exchange(java);
      try (RandomAccessFile writing = new RandomAccessFile(java.toFile(), "rw")) {
        assertEquals("hook", p.ask("restart http hooks"));
        assertTrue(p.jvm().process().waitFor(20, TimeUnit.SECONDS), "ended");
        assertTrue(writing.getChannel().isOpen());
      }
      assertEquals(1, p.jvm().process().exitValue());
      assertTrue(p.jvm().err().contains("could not be restarted in place"), p.jvm().err());
      assertTrue(p.jvm().err().contains("ETXTBSY"), p.jvm().err());
    }
  }

  @Test
  @Needs(Need.SECCOMP)
  void aKernelWithoutCloseRangeIsSaidAndNothingHappens() throws Exception {
    ChildJvm jvm =
        SeccompJvm.of(
            RestartingProgram.class, SeccompJvm.Rule.answer("close_range", SeccompJvm.ENOSYS));
    try (Restarted p = Restarted.start(jvm)) {
      p.ask("listen http");
      String before = p.seen("fds");
      String message = p.ask("restart http");
      assertTrue(message.startsWith("UnsupportedOperationException: "), message);
      assertTrue(message.contains("close_range"), message);
      assertTrue(message.contains("Linux 5.11"), message);
      assertEquals(before, withoutOpenedSince(p.seen("fds"), before));
    }
  }

  @Test
  void argumentsThatAreTooLongAreRefusedBeforeAnythingHappens() throws Exception {
    try (Restarted p = program(home())) {
      String message = p.ask("restart K=" + "x".repeat(200_000));
      assertTrue(message.contains("E2BIG (7)"), message);
      p.tell("restart");
      p.awaitUp(1);
    }
  }
}
