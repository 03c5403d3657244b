// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples.forking;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.examples.Client;
import io.github.noinherit.examples.Example;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A child of its own for each connection. The children are shells and Python programs, which know
 * nothing of noinherit; the parent's descriptors and children are read in /proc, from outside.
 */
@Counted
class ForkingServerTest {
  private static final int MOST = 40;

  /** Says its pid, to a client that has said a line. */
  private static final String SHELL = "read line <&3; echo \"$$ $line $LISTEN_FDS\" >&3";

  /** Says what it has open; the file that listdir itself has open is not there any more then. */
  private static final String TABLE =
      """
      import os, socket
      client = socket.socket(fileno=3)
      with client.makefile("rw") as lines:
          lines.readline()
          for fd in sorted(map(int, os.listdir("/proc/self/fd"))):
              try:
                  print(fd, os.readlink(f"/proc/self/fd/{fd}"), file=lines)
              except FileNotFoundError:
                  pass
      """;

  /** Closes the connection and lives on. */
  private static final String LIVES_ON =
      """
      import os, socket, time
      client = socket.socket(fileno=3)
      client.recv(1)
      client.sendall(b"%d\\n" % os.getpid())
      client.close()
      time.sleep(1000)
      """;

  @TempDir Path folder;
  private int port;

  private Example start(String... command) throws IOException {
    port = Client.freePort();
    List<String> arguments = new ArrayList<>(List.of("" + port));
    arguments.addAll(List.of(command));
    return Example.start(
        folder,
        ChildJvm.of(ForkingServer.class).arguments(arguments.toArray(String[]::new)).command());
  }

  private static String talk(Socket connected) throws IOException {
    try (connected) {
      connected.getOutputStream().write("hello\n".getBytes(US_ASCII));
      return answer(connected);
    }
  }

  private static String answer(Socket connected) throws IOException {
    return new String(connected.getInputStream().readAllBytes(), US_ASCII).strip();
  }

  @Test
  @Needs(Need.PYTHON3)
  void aChildHasItsConnectionAndNothingElse() throws Exception {
    try (Example server = start("python3", "-c", TABLE);
        Socket other = Client.connectPatiently(server, port);
        Socket client = Client.connect(port)) {
      List<String> table = talk(client).lines().toList();
      assertEquals(4, table.size(), table::toString);
      assertEquals("0 /dev/null", table.get(0));
      assertTrue(table.get(1).matches("1 .*\\.out"), table.get(1));
      assertTrue(table.get(2).matches("2 .*\\.err"), table.get(2));
      assertTrue(table.get(3).matches("3 socket:.*"), table.get(3));
      List<String> others = talk(other).lines().toList();
      assertEquals(table.subList(0, 3), others.subList(0, 3));
      assertEquals(4, others.size());
      assertTrue(!others.get(3).equals(table.get(3)), "both have one connection: " + others);
    }
  }

  @Test
  @Needs(Need.PYTHON3)
  void theParentDoesNotKeepTheConnection() throws Exception {
    try (Example server = start("python3", "-c", LIVES_ON);
        Socket client = Client.connectPatiently(server, port)) {
      client.getOutputStream().write('x');
      long child = Long.parseLong(answer(client)); // to the end of file
      assertTrue(ProcessHandle.of(child).orElseThrow().isAlive(), "the child has ended");
      assertEquals(server.pid(), ProcessHandle.of(child).orElseThrow().parent().get().pid());
    }
  }

  @Test
  void manyClientsAtOnceAndNothingIsLeft() throws Exception {
    try (Example server = start("sh", "-c", SHELL)) {
      talk(Client.connectPatiently(server, port));
      awaitNoChild(server);
      DescriptorTable before = DescriptorTable.of(server.pid());
      Set<String> pids = new TreeSet<>();
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<String>> answers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
          answers.add(threads.submit(() -> talk(Client.connect(port))));
        }
        for (Future<String> answer : answers) {
          assertTrue(answer.get().endsWith(" hello 1"), answer.get());
          pids.add(answer.get().split(" ", -1)[0]);
        }
      }
      assertEquals(200, pids.size(), "each has a child of its own");
      awaitNoChild(server);
      server.await(
          "as many descriptors as before",
          () -> DescriptorTable.of(server.pid()).since(before).isEmpty());
    }
  }

  private static void awaitNoChild(Example server) throws InterruptedException {
    server.await("no child, and no zombie", () -> server.children().isEmpty());
  }

  @Test
  void noMoreThanItsMostAtOnce() throws Exception {
    List<Socket> open = new ArrayList<>();
    try (Example server = start("sh", "-c", SHELL)) {
      open.add(Client.connectPatiently(server, port));
      while (open.size() < MOST + 1) {
        open.add(Client.connect(port));
      }
      server.await("all that may run", () -> server.alive().size() == 1 + MOST);
      Thread.sleep(300);
      assertEquals(1 + MOST, server.alive().size());
      for (Socket client : open) {
        assertTrue(talk(client).endsWith(" hello 1"));
      }
    } finally {
      for (Socket client : open) {
        client.close();
      }
    }
  }

  /** The post's point: a child that outlives its parent does not keep its port. */
  @Test
  void whenTheParentIsKilledThePortIsFreeAndTheChildFinishes() throws Exception {
    try (Example server = start("sh", "-c", "echo >&3; " + SHELL);
        Socket client = Client.connectPatiently(server, port)) {
      assertEquals('\n', client.getInputStream().read(), "the child runs");
      server.signal("KILL");
      server.status();
      Client.assertIsFree(port);
      assertTrue(talk(client).endsWith(" hello 1"));
      assertTrue(Example.within(5000, () -> server.alive().isEmpty()), "the child has not ended");
    }
  }

  @Test
  void aProgramThatIsNotThereCostsTheClientAndNotTheServer() throws Exception {
    try (Example server = start("no-such-program")) {
      for (int i = 0; i < 50; i++) { // more than there is room for
        try (Socket client = Client.connectPatiently(server, port)) {
          assertEquals("", answer(client));
        }
      }
      assertTrue(server.isAlive());
      assertTrue(server.err().contains("no-such-program"), server::err);
      assertEquals(List.of(), server.children());
    }
  }

  @Test
  void withoutACommandTheChildIsAJvm() throws Exception {
    try (Example server = start()) {
      String first = Client.ask(Client.connectPatiently(server, port));
      String second = Client.ask(Client.connect(port));
      assertTrue(first.startsWith("child "), first);
      assertTrue(Client.pid(first) != Client.pid(second));
      assertEquals("", server.err());
    }
  }
}
