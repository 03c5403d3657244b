// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.run;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.cli.Outputs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@code noinherit run} in a JVM of its own, with its output and errors in files. */
final class Running implements AutoCloseable {
  /**
   * A server not written with noinherit: sd_listen_fds(3) by hand. Each answer is its generation's
   * pid. On SIGTERM it finishes what it has accepted.
   */
  static final String SERVER =
      """
      import os, select, signal, socket, sys
      assert int(os.environ["LISTEN_PID"]) == os.getpid(), os.environ["LISTEN_PID"]
      assert int(os.environ["LISTEN_FDS"]) == 1
      listener = socket.socket(fileno=3)
      assert os.get_blocking(3)
      os.set_blocking(3, False) # the next one must not find it so
      stop = False
      def end(*ignored):
          global stop
          stop = True
      signal.signal(signal.SIGTERM, end)
      while not stop:
          ready, _, _ = select.select([listener], [], [], 0.05)
          if ready:
              connection, _ = listener.accept()
              with connection:
                  connection.recv(1)
                  connection.sendall(b"%d\\n" % os.getpid())
      """;

  private final Process process;
  private final Path out;
  private final Path err;

  private Running(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  static Running start(Path folder, String... options) throws IOException {
    List<String> words = new ArrayList<>(List.of("run"));
    words.addAll(List.of(options));
    return start(folder, Outputs.command(words.toArray(String[]::new)));
  }

  static Running start(Path folder, ProcessBuilder command) throws IOException {
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    command.redirectOutput(out.toFile()).redirectError(err.toFile());
    return new Running(command.start(), out, err);
  }

  /** A port that is free now. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  void signal(String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertTrue(kill.waitFor() == 0, "kill -" + name);
  }

  int status() throws Exception {
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> "it does not end; it says " + err());
    return process.exitValue();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  Process process() {
    return process;
  }

  String out() {
    return text(out);
  }

  String err() {
    return text(err);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** What the server at a port answers; it may take a while until it listens the first time. */
  String askPatiently(int port) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      try {
        return ask(port);
      } catch (IOException e) {
        assertTrue(isAlive(), () -> "it has ended: " + err());
        assertTrue(System.nanoTime() < until, () -> e + "; it says " + err());
        Thread.sleep(20);
      }
    }
  }

  /** Waits until somebody listens. */
  void askPatientlyToOpen(int port) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        assertTrue(socket.isConnected());
        return;
      } catch (IOException e) {
        assertTrue(isAlive(), () -> "it has ended: " + err());
        assertTrue(System.nanoTime() < until, () -> e + "; it says " + err());
        Thread.sleep(20);
      }
    }
  }

  /** One request. */
  static String ask(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write('x');
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (answer.isEmpty()) {
        throw new IOException("no answer");
      }
      return answer;
    }
  }

  @Override
  public void close() {
    process.destroy();
    if (process.onExit().completeOnTimeout(process, 20, TimeUnit.SECONDS).join().isAlive()) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().onExit().join();
    }
  }
}
