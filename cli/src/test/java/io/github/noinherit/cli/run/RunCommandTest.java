// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.cli.Outputs;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code noinherit run}. The servers are Python, cat and shells. */
@Counted
class RunCommandTest {
  @TempDir Path folder;

  private static String listen(int port) {
    return "http=127.0.0.1:" + port;
  }

  @ParameterizedTest
  @CsvSource({"exit 0,0", "exit 7,7", "kill -TERM $$,143", "kill -KILL $$,137"})
  void theExitStatusIsTheProgramsOwn(String script, int status) throws Exception {
    try (Running run = Running.start(folder, "--", "sh", "-c", script)) {
      assertEquals(status, run.status(), run::err);
      assertEquals("", run.err());
    }
  }

  @Test
  void aProgramThatIsNotThereOrCannotBeRun() throws Exception {
    try (Running run = Running.start(folder, "no-such-program")) {
      assertEquals(127, run.status());
      assertTrue(run.err().startsWith("noinherit: cannot run program"), run::err);
    }
    try (Running run = Running.start(folder, folder.toString())) {
      assertEquals(126, run.status(), run::err);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--listen 80 -- true,is no address",
    "--pass x -- true,is not NAME=FD",
    "--accept -- cat,--listen",
    "--accept --restart --listen :0 -- cat,exclude each other",
    "--listen a=:0 --listen a=:0 -- true,a handle named",
    "--pass x=999 -- true,999",
    "--take x -- true,is no address",
    "--take 1 -- true,nobody listens on 1",
    "--nonesuch -- true,Unknown option",
    "--listen :0,Which program"
  })
  void whatIsNotUnderstoodOrRefusedIs125(String words, String told) {
    List<String> all = new ArrayList<>(List.of("run"));
    all.addAll(List.of(words.split(" ", -1)));
    Outputs.Run run = Outputs.run(all.toArray(String[]::new));
    assertEquals(125, run.status(), run::err);
    assertTrue(run.err().contains(told), run::err);
  }

  /** What is wrong with every start is told before anybody is served. */
  @ParameterizedTest
  @CsvSource({"a b=9,is no name", "x=999,not open"})
  void whatNoConnectionCouldBeServedWithIs125(String pass, String told) {
    Outputs.Run run = Outputs.run("run", "--listen", ":0", "--accept", "--pass", pass, "cat");
    assertEquals(125, run.status(), run::err);
    assertTrue(run.err().contains(told), run::err);
  }

  /**
   * The old server has stopped accepting, and clients wait. The new one gets them, and nobody is
   * refused before or after the old one's end.
   */
  @Test
  @Needs(Need.PYTHON3)
  void aLiveListenerIsTaken() throws Exception {
    int port = Running.freePort();
    String old =
        "import socket; s = socket.socket(); s.bind(('127.0.0.1', "
            + port
            + ")); s.listen(9);"
            + " print('up', flush=True); input()";
    Process holder = new ProcessBuilder("python3", "-c", old).start();
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      assertEquals("up", holder.inputReader().readLine());
      List<Future<String>> waiting = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        waiting.add(threads.submit(() -> Running.ask(port)));
      }
      try (Running run =
          Running.start(folder, "--take", "http=" + port, "python3", "-c", Running.SERVER)) {
        for (Future<String> client : waiting) {
          assertFalse(client.get(60, TimeUnit.SECONDS).isEmpty(), run::err);
        }
        holder.destroyForcibly().waitFor();
        for (int i = 0; i < 20; i++) {
          assertFalse(Running.ask(port).isEmpty(), run::err);
        }
      }
    } finally {
      holder.destroyForcibly().waitFor();
      holder.getInputStream().close();
      holder.getErrorStream().close();
    }
  }

  @Test
  void aPortThatIsTakenIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Outputs.Run run = Outputs.run("run", "--listen", listen(taken.getLocalPort()), "true");
      assertEquals(125, run.status());
      assertTrue(run.err().contains("127.0.0.1:" + taken.getLocalPort()), run::err);
    }
  }

  @Test
  void theProgramHasExactlyWhatWasNamed() throws Exception {
    Path log = folder.resolve("log");
    String inner =
        "echo $LISTEN_FDS $LISTEN_FDNAMES; ls -l /proc/self/fd | grep -c socket; echo"
            + " $NOINHERIT_HANDLES";
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", "exec 9>" + log + "; exec \"$@\"", "sh"));
    command.addAll(
        Outputs.command(
                "run",
                "--listen",
                "a=127.0.0.1:0",
                "--listen",
                "unix:" + folder.resolve("b.sock"),
                "--pass",
                "log=9",
                "--",
                "sh",
                "-c",
                inner)
            .command());
    try (Running run = Running.start(folder, new ProcessBuilder(command))) {
      assertEquals(0, run.status(), run::err);
      assertEquals("2 a:b.sock\n2\nlog=5\n", run.out());
    }
    assertFalse(Files.exists(folder.resolve("b.sock")), "the socket's file is left");
  }

  @Test
  void aUnixPathThatIsThereAlreadyIsLeftAlone() throws Exception {
    Path file = Files.writeString(folder.resolve("x"), "mine");
    Outputs.Run run = Outputs.run("run", "--listen", "unix:" + file, "true");
    assertEquals(125, run.status());
    assertTrue(run.err().contains("is there already"), run::err);
    assertEquals("mine", Files.readString(file));
  }

  @ParameterizedTest
  @CsvSource({"TERM,143", "INT,130", "HUP,129"})
  void signalsAreSentOn(String name, int status) throws Exception {
    // without a trap it would end as well; so its own words and its own status are looked at
    String script =
        "trap 'echo got "
            + name
            + "; exit 3' "
            + name
            + "; echo ready; while :; do sleep 0.1; done";
    try (Running run = Running.start(folder, "sh", "-c", script)) {
      while (!run.out().contains("ready")) {
        assertTrue(run.isAlive(), run::err);
        Thread.sleep(20);
      }
      run.signal(name);
      assertEquals(3, run.status(), run::err);
      assertTrue(run.out().contains("got " + name), run::out);
    }
    try (Running run = Running.start(folder, "sh", "-c", "echo ready; exec sleep 1000")) {
      while (!run.out().contains("ready")) {
        Thread.sleep(20);
      }
      run.signal(name);
      assertEquals(status, run.status(), run::err);
    }
  }

  /**
   * Clients connect without a pause while the server is replaced on SIGHUP and SIGUSR1, ends by
   * itself, and is killed. None is refused; and as this server finishes what it has accepted, none
   * is lost by the first two. It does not prove what a server does that drops what it has accepted.
   */
  @Test
  @Needs(Need.PYTHON3)
  void overARestartNoConnectionIsRefused() throws Exception {
    int port = Running.freePort();
    try (Running run =
            Running.start(
                folder, "--listen", listen(port), "--restart", "python3", "-c", Running.SERVER);
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Set<String> generations = new TreeSet<>();
      String current = run.askPatiently(port);
      generations.add(current);
      AtomicBoolean stop = new AtomicBoolean();
      AtomicInteger served = new AtomicInteger();
      List<Future<String>> clients = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        clients.add(
            threads.submit(
                () -> {
                  StringBuilder failures = new StringBuilder();
                  while (!stop.get()) {
                    try {
                      Running.ask(port);
                      served.incrementAndGet();
                    } catch (IOException e) {
                      failures.append(e).append('\n');
                    }
                  }
                  return failures.toString();
                }));
      }
      try {
        for (int i = 0; i < 6; i++) {
          run.signal(i % 2 == 0 ? "HUP" : "USR1");
          String next = current;
          for (int tries = 0; next.equals(current) && tries < 2000; tries++) {
            Thread.sleep(10);
            next = Running.ask(port);
          }
          current = next;
          generations.add(current);
        }
      } finally {
        stop.set(true);
      }
      for (Future<String> client : clients) {
        assertEquals("", client.get(60, TimeUnit.SECONDS));
      }
      assertEquals(7, generations.size(), () -> generations + " " + run.err());
      assertTrue(served.get() > 20, () -> served + " requests");
      // killed: what it had accepted may be lost, but nobody is refused
      new ProcessBuilder("kill", "-KILL", current).start().waitFor();
      assertFalse(Running.ask(port).equals(current));
      run.signal("TERM");
      assertEquals(0, run.status(), run::err);
      assertTrue(run.err().contains("it is started again"), run::err);
    }
  }

  /** What the test above would see without the option. */
  @Test
  @Needs(Need.PYTHON3)
  void withoutRestartTheyAreRefused() throws Exception {
    int port = Running.freePort();
    try (Running run =
        Running.start(folder, "--listen", listen(port), "python3", "-c", Running.SERVER)) {
      run.askPatiently(port);
      run.signal("TERM");
      assertEquals(0, run.status(), run::err);
      assertThrows(ConnectException.class, () -> Running.ask(port));
    }
  }

  @Test
  void inetdStyleEachConnectionHasAChildOfItsOwn() throws Exception {
    int port = Running.freePort();
    try (Running run =
        Running.start(
            folder,
            "--listen",
            listen(port),
            "--accept",
            "--",
            "sh",
            "-c",
            "echo $$ $REMOTE_ADDR $REMOTE_PORT $LISTEN_FDS; exec cat")) {
      run.askPatientlyToOpen(port);
      Set<String> pids = new TreeSet<>();
      List<Socket> open = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        open.add(new Socket(InetAddress.getLoopbackAddress(), port));
      }
      for (Socket socket : open) {
        socket.setSoTimeout(30_000);
        socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.UTF_8));
        socket.shutdownOutput();
      }
      for (Socket socket : open) {
        String said = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String[] lines = said.split("\n", -1);
        pids.add(lines[0].split(" ", -1)[0]);
        assertTrue(
            lines[0].endsWith(" 127.0.0.1 " + socket.getLocalPort()), () -> "greeting: " + said);
        assertEquals("hello", lines[1]);
        socket.close();
      }
      assertEquals(10, pids.size());
      run.signal("TERM");
      assertEquals(143, run.status(), run::err);
      assertEquals("", run.err());
    }
  }

  @Test
  @Needs(Need.PYTHON3)
  void inetdStyleServesAUnixSocketToo() throws Exception {
    Path path = folder.resolve("s");
    try (Running run = Running.start(folder, "--listen", "unix:" + path, "--accept", "cat")) {
      while (!Files.exists(path)) {
        assertTrue(run.isAlive(), run::err);
        Thread.sleep(20);
      }
      Process client =
          new ProcessBuilder(
                  "python3",
                  "-c",
                  """
                  import socket, sys
                  s = socket.socket(socket.AF_UNIX)
                  s.connect(sys.argv[1])
                  s.sendall(b'hi')
                  s.shutdown(socket.SHUT_WR)
                  print(s.recv(9), s.recv(9))
                  """,
                  path.toString())
              .redirectErrorStream(true)
              .start();
      assertEquals(
          "b'hi' b''\n",
          new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
      run.signal("INT");
      assertEquals(130, run.status(), run::err);
    }
    assertFalse(Files.exists(path), "the socket's file is left");
  }

  @Test
  void withKillWithParentItEndsWhenTheCommandIsKilled() throws Exception {
    try (Running run =
        Running.start(folder, "--kill-with-parent", "sh", "-c", "echo $$; exec sleep 1000")) {
      while (run.out().isEmpty()) {
        assertTrue(run.isAlive(), run::err);
        Thread.sleep(20);
      }
      ProcessHandle child = ProcessHandle.of(Long.parseLong(run.out().strip())).orElseThrow();
      run.process().destroyForcibly().waitFor();
      child.onExit().get(20, TimeUnit.SECONDS);
    }
  }
}
