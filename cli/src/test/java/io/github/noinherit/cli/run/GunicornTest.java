// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Gunicorn;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code noinherit run --listen} with a server not written here, in another language. gunicorn is
 * not told an address, so what it serves at the port it can only have by descriptor 3; without that
 * it would listen at its default, 127.0.0.1:8000.
 */
@Counted
@Needs(Need.GUNICORN)
class GunicornTest {
  /** Says the pid of gunicorn's own master process, which is the one that was started. */
  private static final String APPLICATION =
      """
      import os
      def app(environ, start_response):
          start_response("200 OK", [("Content-Type", "text/plain")])
          return [b"%d" % os.getppid()]
      """;

  private static final int CLIENTS = 4;
  private static final int RESTARTS = 3;

  @TempDir Path folder;

  private Running start(String... options) throws Exception {
    Files.writeString(folder.resolve("application.py"), APPLICATION);
    List<String> words = new ArrayList<>(List.of(options));
    words.add("--");
    words.addAll(Gunicorn.command().orElseThrow());
    words.addAll(List.of("--chdir", folder.toString(), "--workers", "2", "application:app"));
    return Running.start(folder, words.toArray(String[]::new));
  }

  /** One request, and the whole answer. */
  private static String get(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      if (!answer.startsWith("HTTP/1.1 200 OK\r\n") && !answer.startsWith("HTTP/1.0 200 OK\r\n")) {
        throw new IOException("no answer: " + answer);
      }
      return answer;
    }
  }

  private static String body(String answer) {
    return answer.substring(answer.indexOf("\r\n\r\n") + 4);
  }

  @Test
  void itServesFromThePassedSocket() throws Exception {
    int port = Running.freePort();
    try (Running run = start("--listen", "http=127.0.0.1:" + port)) {
      run.askPatientlyToOpen(port);
      String answer = get(port);
      assertTrue(answer.contains("\r\nServer: gunicorn\r\n"), answer);
      ProcessHandle master = ProcessHandle.of(Long.parseLong(body(answer))).orElseThrow();
      assertEquals(run.process().pid(), master.parent().orElseThrow().pid());
      run.signal("TERM");
      assertEquals(0, run.status(), run::err);
    }
  }

  /** Connections without a pause while the server is replaced: none is refused, none is lost. */
  @Test
  void overARestartNoConnectionIsRefused() throws Exception {
    int port = Running.freePort();
    try (Running run = start("--listen", "http=127.0.0.1:" + port, "--restart");
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      run.askPatientlyToOpen(port);
      Set<String> masters = new ConcurrentSkipListSet<>(Set.of(body(get(port))));
      AtomicBoolean stop = new AtomicBoolean();
      AtomicInteger answers = new AtomicInteger();
      List<Future<String>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(
            threads.submit(
                () -> {
                  StringBuilder failures = new StringBuilder();
                  while (!stop.get()) {
                    try {
                      masters.add(body(get(port)));
                      answers.incrementAndGet();
                    } catch (IOException e) {
                      failures.append(e).append('\n');
                    }
                  }
                  return failures.toString();
                }));
      }
      try {
        for (int i = 0; i < RESTARTS; i++) {
          int before = masters.size();
          run.signal("HUP");
          long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
          while (masters.size() == before) {
            assertTrue(System.nanoTime() < until && run.isAlive(), run::err);
            Thread.sleep(10);
          }
        }
      } finally {
        stop.set(true);
      }
      for (Future<String> client : clients) {
        assertEquals("", client.get(60, TimeUnit.SECONDS));
      }
      System.out.printf("gunicorn: %d answers of %s%n", answers.get(), masters);
      assertEquals(1 + RESTARTS, masters.size(), masters::toString);
      run.signal("TERM");
      assertEquals(0, run.status(), run::err);
    }
  }
}
