// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The command's end of a running {@link Server}: an order goes in, its answer comes back.
 *
 * <p>A helper writes to the same pipe as its server, as it got the server's standard output. Its
 * lines begin with {@code child} and are kept apart.
 */
final class ServerProcess implements AutoCloseable {
  /** An answer to an order. */
  record Answer(boolean ok, String value) {}

  private final Process process;
  private final Cast cast;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> childLines = new LinkedBlockingQueue<>();
  private final Queue<String> complaints = new ConcurrentLinkedQueue<>();

  private ServerProcess(Process process, Cast cast) {
    this.process = process;
    this.cast = cast;
    readLines(process.getInputStream(), "stdout", this::sort);
    readLines(process.getErrorStream(), "stderr", complaints::add);
  }

  static ServerProcess start(List<String> command, Cast cast) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    ServerProcess server = new ServerProcess(builder.start(), cast);
    try {
      server.awaitReady();
      return server;
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  long pid() {
    return process.pid();
  }

  /** What it has open, as the kernel says now. */
  List<OpenHandle> table() throws IOException {
    return Kernel.table(pid());
  }

  /** Lets the server listen on a port, 0 for any, and answers the port. */
  int listen(int port, int backlog) throws IOException {
    return Integer.parseInt(ask("listen", Integer.toString(port), Integer.toString(backlog)));
  }

  /** The same, where it is not known whether it can. */
  Answer tryToListen(int port, int backlog) throws IOException {
    return order("listen", Integer.toString(port), Integer.toString(backlog));
  }

  /** Lets the server start a helper by a bare posix_spawn. */
  Helper startHelper(List<String> command) throws IOException {
    String pid = ask("helper", command.toArray(String[]::new));
    return cast.join(Helper.of(Long.parseLong(pid)));
  }

  /** The same for a helper that should find the listening socket under a number. */
  Helper startHelperWithListener(String number, List<String> command) throws IOException {
    List<String> args = new ArrayList<>();
    args.add(number);
    args.addAll(command);
    String pid = ask("hand-over", args.toArray(String[]::new));
    return cast.join(Helper.of(Long.parseLong(pid)));
  }

  /** Gives an order that has to work. */
  String ask(String word, String... args) throws IOException {
    Answer answer = order(word, args);
    if (!answer.ok()) {
      throw new IOException("the server could not \"" + word + "\": " + answer.value());
    }
    return answer.value();
  }

  /** Lets the server put itself, started anew, in its own place. */
  void execItself() throws IOException {
    send("exec");
    awaitReady();
  }

  /** The next line of what the helper did: the word it was told with, a tab, and what it got. */
  String nextOfHelper() throws IOException {
    return next(childLines);
  }

  /** Ends the server, as its helper lives on. */
  void end() throws IOException {
    send("end");
    if (!Wait.until(Wait.PATIENCE, () -> !process.isAlive())) {
      throw new IOException("the server " + pid() + " did not end");
    }
  }

  @Override
  public void close() throws IOException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    if (!Wait.until(Wait.PATIENCE, () -> !process.isAlive())) {
      throw new IOException("the server " + pid() + " did not end");
    }
  }

  private Answer order(String word, String... args) throws IOException {
    send(args.length == 0 ? word : word + "\t" + String.join("\t", args));
    return answer();
  }

  private void awaitReady() throws IOException {
    String line = next(answers);
    if (!line.startsWith("ready\t")) {
      throw new IOException("the server said " + line.replace('\t', ' '));
    }
  }

  private Answer answer() throws IOException {
    String line = next(answers);
    int tab = line.indexOf('\t');
    return new Answer(line.startsWith("ok\t"), line.substring(tab + 1));
  }

  private void send(String line) throws IOException {
    OutputStream out = process.getOutputStream();
    out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private String next(BlockingQueue<String> lines) throws IOException {
    String[] line = new String[1];
    boolean came =
        Wait.until(
            Wait.PATIENCE,
            () -> {
              line[0] = poll(lines);
              return line[0] != null || (!process.isAlive() && lines.isEmpty());
            });
    if (line[0] == null) {
      throw new IOException(
          (came ? "the server ended" : "the server did not answer")
              + (complaints.isEmpty() ? "" : "; it said: " + String.join(" / ", complaints)));
    }
    return line[0];
  }

  private static String poll(BlockingQueue<String> lines) throws IOException {
    try {
      return lines.poll(50, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the server");
    }
  }

  private void sort(String line) {
    if (line.startsWith("child\t")) {
      childLines.add(line.substring("child\t".length()));
    } else {
      answers.add(line);
    }
  }

  private void readLines(InputStream in, String name, Consumer<String> sink) {
    Thread.ofPlatform()
        .daemon()
        .name("server " + pid() + " " + name)
        .start(
            () -> {
              try (BufferedReader lines =
                  new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                lines.lines().forEach(sink);
              } catch (IOException | UncheckedIOException e) {
                complaints.add("its " + name + " broke off: " + e.getMessage());
              }
            });
  }

  /** A program of the machine, as the PATH names it. */
  static String program(String name) throws IOException {
    for (String place : System.getenv().getOrDefault("PATH", "/usr/bin:/bin").split(":", -1)) {
      Path candidate = Path.of(place.isEmpty() ? "." : place, name);
      if (Files.isExecutable(candidate)) {
        return candidate.toAbsolutePath().toString();
      }
    }
    throw new IOException("no \"" + name + "\" on the PATH");
  }
}
