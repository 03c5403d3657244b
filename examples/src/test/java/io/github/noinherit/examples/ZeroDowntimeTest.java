// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.examples.Load.Outcome;
import io.github.noinherit.examples.jetty.RestartableJetty;
import io.github.noinherit.examples.netty.RestartableNetty;
import io.github.noinherit.testkit.Counted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/*
 * How this works. The example runs in a JVM of its own, under the clients of Load. It is told to
 * restart, again and again. Whether it did is asked of the kernel (the process is the one that it was;
 * its threads are others; the socket that listens is the one that it was, once) and of the server,
 * which says since when it is up. The same load on a server that is stopped and started shows that
 * these clients do see it when a server is away.
 *
 * What passing does not prove: all of it goes over the loopback device, where nothing is late or lost
 * by itself; the pauses of the clients stand for that.
 */
/** The servers restart in place under load, and no client notices. */
@Counted
final class ZeroDowntimeTest {
  private static final int RESTARTS = 20;
  private static final int REQUESTS = 50_000;
  private static final int STOPS = 3;

  /** The examples. */
  enum Example {
    JETTY(RestartableJetty.class, "jetty-|slf4j-api"),
    NETTY(RestartableNetty.class, "netty-");

    private final Class<?> main;
    private final String libraries;

    Example(Class<?> main, String libraries) {
      this.main = main;
      this.libraries = libraries;
    }

    ExampleServer start(int port) throws Exception {
      return start(port, Path.of(System.getProperty("java.home")));
    }

    ExampleServer start(int port, Path java) throws Exception {
      return new ExampleServer(main, libraries, port, java);
    }
  }

  @ParameterizedTest
  @EnumSource
  void noRequestIsLostWhenItRestarts(Example example) throws Exception {
    int port = ExampleServer.freePort();
    try (ExampleServer server = example.start(port);
        Load load = new Load(port)) {
      String began = server.startTime();
      List<String> listener = server.listeners();
      assertEquals(1, listener.size());
      String answer = server.awaitAnswerOtherThan("");
      for (int i = 0; i < RESTARTS; i++) {
        Set<String> threads = server.threads();
        server.touch();
        String next = server.awaitAnswerOtherThan(answer);
        assertTrue(next.startsWith("pid " + server.pid() + ", "), next);
        answer = next;

        Set<String> survivors = new TreeSet<>(threads);
        survivors.retainAll(server.threads());
        assertEquals(Set.of(), survivors, "threads of the program before");
        assertEquals(began, server.startTime(), "it is another process");
        assertEquals(listener, server.listeners(), "it is another listener");
        assertEquals(1, server.descriptorsOf(listener.getFirst()));
        Thread.sleep(300); // it serves for a while
      }
      while (load.count(Outcome.ANSWERED) < REQUESTS && load.failures() == 0) {
        Thread.sleep(50);
      }
      load.stop();
      System.out.println(example + ", " + RESTARTS + " restarts in place: " + load);
      assertEquals(0, load.failures(), () -> load.toString());
      assertEquals(RESTARTS + 1, load.answers().size(), "each of the programs was asked");
    }
  }

  @ParameterizedTest
  @EnumSource
  void someRequestsAreLostWhenItIsStoppedAndStarted(Example example) throws Exception {
    int port = ExampleServer.freePort();
    ExampleServer server = example.start(port);
    try (Load load = new Load(port)) {
      for (int i = 0; i < STOPS; i++) {
        Thread.sleep(300);
        server.stop();
        server.close();
        server = example.start(port);
      }
      load.stop();
      System.out.println(example + ", " + STOPS + " times stopped and started: " + load);
      assertNotEquals(0, load.failures());
      assertNotEquals(0, load.count(Outcome.ANSWERED));
    } finally {
      server.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatWasAcceptedIsForTheOldProgramAndTheRestForTheNew(Example example) throws Exception {
    int port = ExampleServer.freePort();
    try (ExampleServer server = example.start(port);
        HttpClient silent = new HttpClient(port);
        HttpClient half = new HttpClient(port)) {
      half.begin();
      String old = server.awaitAnswerOtherThan(""); // so those before it are accepted
      server.touch();
      try (HttpClient kept = new HttpClient(port)) {
        while (kept.isOpen()) {
          assertEquals(old, kept.ask(false).orElseThrow());
          Thread.sleep(5);
        }
      }
      Thread.sleep(1500); // longer than a kept connection is waited for
      try (HttpClient late = new HttpClient(port)) {
        late.begin();
        assertEquals(old, half.finish(false).orElseThrow());
        assertFalse(half.isOpen(), "the last answer on it");
        assertEquals(old, silent.ask(false).orElseThrow());
        assertFalse(silent.isOpen(), "the last answer on it");
        assertNotEquals(old, late.finish(true).orElseThrow(), "it is for the new program");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRestartThatFailsIsNone(Example example) throws Exception {
    int port = ExampleServer.freePort();
    try (OwnJava java = new OwnJava();
        ExampleServer server = example.start(port, java.home())) {
      String old = server.awaitAnswerOtherThan("");
      java.remove();
      server.touch();
      server.awaitLog("SystemCallException");
      try (HttpClient client = new HttpClient(port)) {
        assertEquals(old, client.ask(false).orElseThrow());
        assertTrue(client.isOpen(), "it goes on as it was");
      }
      java.put();
      server.touch();
      server.awaitAnswerOtherThan(old);
    }
  }

  /** The JDK of this test with a launcher of its own, which can be taken away. */
  private static final class OwnJava implements AutoCloseable {
    private final Path jdk = Path.of(System.getProperty("java.home"));
    private final Path home = Files.createTempDirectory("java");
    private final Path lib = Files.createSymbolicLink(home.resolve("lib"), jdk.resolve("lib"));
    private final Path bin = Files.createDirectory(home.resolve("bin"));

    OwnJava() throws IOException {
      put();
    }

    Path home() {
      return home;
    }

    void put() throws IOException {
      Path made = home.resolve("java");
      Files.copy(jdk.resolve("bin/java"), made, StandardCopyOption.COPY_ATTRIBUTES);
      Files.move(made, bin.resolve("java"));
    }

    void remove() throws IOException {
      Files.delete(bin.resolve("java"));
    }

    @Override
    public void close() throws IOException {
      Files.deleteIfExists(bin.resolve("java"));
      Files.delete(bin);
      Files.delete(lib);
      Files.delete(home);
    }
  }
}
