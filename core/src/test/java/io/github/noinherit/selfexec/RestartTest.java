// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.selfexec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes on and what does not when a program restarts itself in place. */
@Counted
@Needs(Need.PYTHON3)
final class RestartTest {
  private static final String TRY_LOCK =
      """
      import fcntl, sys
      f = open(sys.argv[1], 'r+')
      try:
          fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
          print('free')
      except OSError:
          print('locked')
      """;

  @TempDir Path folder;

  private static ChildJvm jvm() {
    return ChildJvm.of(RestartingProgram.class).flags(RestartingProgram.FLAGS);
  }

  private Restarted program() throws IOException {
    return Restarted.start(jvm());
  }

  private String secret(String name) {
    return folder.resolve(name).toString();
  }

  private static void connect(int port) throws IOException {
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
      assertTrue(client.isConnected());
    }
  }

  private static long named(String fds, String part) {
    return fds.lines().filter(l -> l.contains(part)).count();
  }

  private static String lock(String path) throws IOException, InterruptedException {
    return Restarted.python(TRY_LOCK, List.of(path));
  }

  @Test
  void theHandlesNamedGoOnAndNoOthers() throws Exception {
    try (Restarted p = program()) {
      int port = Integer.parseInt(p.ask("listen http"));
      p.ask("listen other");
      for (int i = 0; i < 20; i++) {
        p.ask("file secret" + i + " " + secret("secret" + i));
      }
      p.ask("file log " + secret("log"));
      String before = p.seen("fds");
      assertEquals(20, named(before, "/secret"), before);
      // the two listeners, and one that the JDK keeps for itself
      assertTrue(named(before, "socket:") >= 2, before);
      p.tell("restart http log");
      assertEquals("[http, log] []", p.awaitUp(1));
      String after = p.seen("fds");
      assertEquals(0, named(after, "/secret"), after);
      assertEquals(1, named(after, "/log 0"), after);
      assertEquals(1, named(after, "socket:"), after);
      connect(port);
      assertEquals("accepted true", p.ask("accept http"));
    }
  }

  @Test
  void whatIsHandedOnIsAdoptedInEachGeneration() throws Exception {
    try (Restarted p = program()) {
      int port = Integer.parseInt(p.ask("listen http"));
      for (int i = 1; i <= 2; i++) {
        p.tell("restart http");
        p.awaitUp(i);
        assertEquals("adopted", p.ask("adopt http"));
        connect(port);
        assertEquals("accepted true", p.ask("accept http"));
      }
    }
  }

  @Test
  void whatAnotherThreadOpensMeanwhileDoesNotGoOn() throws Exception {
    try (Restarted p = program()) {
      p.ask("listen http");
      p.ask("churn " + secret("secret"));
      Thread.sleep(300);
      p.tell("restart http");
      assertEquals("[http] []", p.awaitUp(1));
      String after = p.seen("fds");
      assertEquals(0, named(after, "/secret"), after);
    }
  }

  @Test
  void restartsFollowEachOtherAndNothingGrows() throws Exception {
    try (Restarted p = program()) {
      String start = p.seen("start");
      p.ask("listen http");
      p.tell("restart http");
      p.awaitUp(1);
      long first = p.seen("fds").lines().count();
      for (int i = 2; i <= 4; i++) {
        p.tell("accept http");
        // the program's own look at the listener makes it the holder that is handed on
        int port = port(p);
        connect(port);
        assertEquals("accepted true", p.jvm().readLine());
        p.tell("restart http virtual");
        assertEquals("[http] []", p.awaitUp(i));
      }
      assertEquals(first, p.seen("fds").lines().count());
      assertEquals(start, p.seen("start"));
      assertEquals("0000000000000000", p.seen("status", "SigBlk"));
      assertEquals("0", p.seen("zombies"));
    }
  }

  /** The port of the one listening socket of the process, by its inode in /proc/net/tcp. */
  private static int port(Restarted p) throws IOException, InterruptedException {
    String program =
        """
        import os, re, sys
        p = '/proc/' + sys.argv[1] + '/'
        inodes = set()
        for fd in os.listdir(p + 'fd'):
            try: m = re.match(r'socket:\\[(\\d+)\\]', os.readlink(p + 'fd/' + fd))
            except OSError: continue
            if m: inodes.add(m[1])
        for l in open(p + 'net/tcp'):
            w = l.split()
            if w[3] == '0A' and w[9] in inodes: print(int(w[1].split(':')[1], 16))
        """;
    return Integer.parseInt(Restarted.python(program, List.of("" + p.jvm().pid())));
  }

  @Test
  void argumentsAndEnvironmentCanChange() throws Exception {
    try (Restarted p = program()) {
      p.tell("restart +one LISTEN_FDS=3");
      assertEquals("[] [one]", p.awaitUp(1));
      String environment = Files.readString(Path.of("/proc/" + p.jvm().pid() + "/environ"));
      assertTrue(environment.contains("\0GENERATION=1\0"), environment);
      assertTrue(environment.contains("\0LISTEN_FDS=3\0"), environment);
      assertFalse(environment.contains("NOINHERIT_HANDLES"), environment);
      p.tell("restart");
      assertEquals("[] [one]", p.awaitUp(2));
      environment = Files.readString(Path.of("/proc/" + p.jvm().pid() + "/environ"));
      assertFalse(environment.contains("LISTEN_FDS"), environment);
    }
  }

  @Test
  void theLockOfAFileThatIsNamedIsKeptAndTheOthersGo() throws Exception {
    try (Restarted p = program()) {
      p.ask("file kept " + secret("kept") + " lock");
      p.ask("file left " + secret("left") + " lock");
      assertEquals("locked", lock(secret("kept")));
      assertEquals("locked", lock(secret("left")));
      p.tell("restart kept");
      p.awaitUp(1);
      assertEquals("locked", lock(secret("kept")));
      assertEquals("free", lock(secret("left")));
    }
  }

  @Test
  void hooksRunOnlyIfAskedForAndMayCloseWhatIsHandedOn() throws Exception {
    try (Restarted p = program()) {
      int port = Integer.parseInt(p.ask("listen http"));
      p.ask("hook " + secret("first") + " http");
      p.tell("restart http");
      p.awaitUp(1);
      assertTrue(Files.exists(Path.of(secret("first"))));
      p.tell("accept http");
      connect(port);
      assertEquals("accepted true", p.jvm().readLine());
      p.ask("hook " + secret("second") + " http");
      p.tell("restart http hooks");
      assertEquals("hook", p.jvm().readLine());
      assertEquals("[http] []", p.awaitUp(2));
      assertFalse(Files.exists(Path.of(secret("second"))));
      connect(port);
      assertEquals("accepted true", p.ask("accept http"));
    }
  }

  @Test
  void withProtectionByDefault() throws Exception {
    try (Restarted p = program()) {
      assertEquals("true", p.ask("byDefault"));
      int port = Integer.parseInt(p.ask("listen http"));
      p.ask("file secret " + secret("secret"));
      p.tell("restart http");
      p.awaitUp(1);
      assertEquals("true", p.ask("byDefault"));
      String fds = p.seen("fds");
      assertEquals(0, named(fds, "/secret"), fds);
      connect(port);
      assertEquals("accepted true", p.ask("accept http"));
    }
  }

  @Test
  void childrenOfBothKindsAreTakenUp() throws Exception {
    try (Restarted p = program()) {
      long one = Long.parseLong(p.ask("spawn sleep 60"));
      long two = Long.parseLong(p.ask("process sleep 60"));
      long three = Long.parseLong(p.ask("process sleep 0.3"));
      p.tell("restart");
      p.awaitUp(1);
      Thread.sleep(500); // the third ends before anybody asks
      assertEquals("" + List.of(one, two, three).stream().sorted().toList(), p.ask("former"));
      p.tell("former-end");
      List<String> ends = List.of(p.jvm().readLine(), p.jvm().readLine(), p.jvm().readLine());
      assertEquals(List.of("0", "143", "143"), ends.stream().sorted().toList());
      assertEquals("0", p.seen("zombies"));
      p.tell("restart");
      p.awaitUp(2);
      assertEquals("[]", p.ask("former"));
    }
  }

  @Test
  void aChildThatIsBeingBornIsWaitedFor() throws Exception {
    Path fifo = folder.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    try (Restarted p = program()) {
      assertEquals("being born", p.ask("fifo " + fifo));
      p.tell("restart");
      Thread.sleep(500);
      assertEquals(0, p.jvm().process().getInputStream().available());
      Restarted.python("import sys; open(sys.argv[1], 'w')", List.of(fifo.toString()));
      p.awaitUp(1);
      assertNotEquals("[]", p.ask("former"));
    }
  }

  @Test
  void whatCannotBeHandedOnIsRefusedAndNothingHappens() throws Exception {
    try (Restarted p = program()) {
      p.ask("listen http");
      p.ask("listen closed");
      p.ask("close closed");
      String before = p.seen("fds");
      assertTrue(p.ask("restart closed").startsWith("HandleClosedException: "));
      assertEquals(before, p.seen("fds"));
    }
  }
}
