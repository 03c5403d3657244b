// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples.workers;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.examples.Client;
import io.github.noinherit.examples.Example;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Workers that share one listener, Java's and Python's. Which of them serves a client says the pid
 * in its answer; who is whose child, and who is alive, says /proc.
 */
@Counted
class WorkersTest {
  private static final int COUNT = 3;
  private static final int CLIENTS = 4;
  private static final int KILLS = 3;
  private static final List<String> JAVA = List.of();
  private static final List<String> PYTHON =
      List.of("python3", Path.of("workers", "worker.py").toAbsolutePath().toString());

  @TempDir Path folder;

  private Example start(int port, List<String> command) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("" + port, "" + COUNT));
    arguments.addAll(command);
    return Example.start(
        folder, ChildJvm.of(Workers.class).arguments(arguments.toArray(String[]::new)).command());
  }

  /** Clients without a pause, and what became of them. */
  private static final class Load implements AutoCloseable {
    final Set<Long> served = new ConcurrentSkipListSet<>();
    final AtomicInteger answers = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();
    final AtomicInteger lost = new AtomicInteger();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);

    Load(int port) {
      for (int i = 0; i < CLIENTS; i++) {
        threads.execute(
            () -> {
              while (!stop.get()) {
                ask(port);
              }
            });
      }
    }

    private void ask(int port) {
      try {
        served.add(Client.pid(Client.ask(Client.connect(port))));
        answers.incrementAndGet();
      } catch (ConnectException e) {
        refused.incrementAndGet();
      } catch (IOException e) {
        lost.incrementAndGet();
      }
    }

    @Override
    public void close() {
      stop.set(true);
      threads.close();
    }
  }

  @Test
  void javaWorkersServeAndAreReplaced() throws Exception {
    serveAndAreReplaced(JAVA);
  }

  @Test
  @Needs(Need.PYTHON3)
  void pythonWorkersServeAndAreReplaced() throws Exception {
    serveAndAreReplaced(PYTHON);
  }

  private void serveAndAreReplaced(List<String> command) throws Exception {
    int port = Client.freePort();
    try (Example parent = start(port, command)) {
      long first = Client.pid(Client.ask(Client.connectPatiently(parent, port)));
      assertTrue(first != parent.pid(), "the parent itself has answered");
      Load load = new Load(port);
      try (load) {
        parent.await("each worker serves", () -> load.served.size() == COUNT);
        for (long pid : load.served) {
          assertEquals(parent.pid(), ProcessHandle.of(pid).orElseThrow().parent().get().pid());
        }
        List<Long> victims = List.copyOf(load.served).subList(0, KILLS);
        for (long victim : victims) {
          int before = load.served.size();
          assertTrue(ProcessHandle.of(victim).orElseThrow().destroyForcibly());
          parent.await("another serves", () -> load.served.size() > before);
        }
      }
      for (int i = 0; i < 5; i++) { // each wakes all, and nobody may wait for it but the one
        Client.ask(Client.connect(port));
      }
      System.out.printf(
          "workers: %d answers of %d workers, %d killed; %d refused, %d lost%n",
          load.answers.get(), load.served.size(), KILLS, load.refused.get(), load.lost.get());
      assertEquals(COUNT + KILLS, load.served.size(), parent::err);
      assertEquals(0, load.refused.get(), "refused");
      // what a killed worker had accepted: each client has one connection at a time
      assertTrue(load.lost.get() <= CLIENTS * KILLS, () -> load.lost + " lost");

      parent.signal("TERM");
      assertEquals(143, parent.status(), parent::err);
      assertFalse(parent.err().contains("killed"), parent::err);
      parent.assertIsGoneInASecond(port);
    }
  }

  @Test
  void aJavaWorkerFinishesWhatItHasAccepted() throws Exception {
    finishesWhatItHasAccepted(JAVA);
  }

  @Test
  @Needs(Need.PYTHON3)
  void aPythonWorkerFinishesWhatItHasAccepted() throws Exception {
    finishesWhatItHasAccepted(PYTHON);
  }

  private void finishesWhatItHasAccepted(List<String> command) throws Exception {
    int port = Client.freePort();
    try (Example parent = start(port, command)) {
      Client.ask(Client.connectPatiently(parent, port));
      try (Socket client = Client.connect(port)) {
        client.getOutputStream().write("GET / HTTP/1.1\r\n".getBytes(US_ASCII));
        Client.awaitAccepted(client);
        parent.signal("TERM");
        parent.await("told to end", () -> parent.err().contains("told to end"));
        Thread.sleep(200);
        client.getOutputStream().write("\r\n".getBytes(US_ASCII));
        assertTrue(Client.body(client).startsWith("worker "));
      }
      assertEquals(143, parent.status(), parent::err);
      assertFalse(parent.err().contains("killed"), parent::err);
      parent.assertIsGoneInASecond(port);
    }
  }

  @Test
  void theyEndWithAParentThatIsKilled() throws Exception {
    int port = Client.freePort();
    try (Example parent = start(port, JAVA)) {
      Client.ask(Client.connectPatiently(parent, port));
      parent.await("all are there", () -> parent.alive().size() > COUNT);
      parent.signal("KILL");
      parent.status();
      parent.assertIsGoneInASecond(port);
    }
  }
}
