// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * An example that runs in a process of its own, with its output in files. It and all that descends
 * from it are known by a mark in their environment, which is asked of /proc. It ends with the
 * thread that has started it (PR_SET_PDEATHSIG, which outlives exec).
 */
public final class Example implements AutoCloseable {
  private static final String VARIABLE = "NOINHERIT_EXAMPLE";
  private static final int PATIENCE_SECONDS = 60;

  private final String mark = UUID.randomUUID().toString();
  private final Process process;
  private final Path out;
  private final Path err;

  private Example(Path folder, List<String> command) throws IOException {
    out = Files.createTempFile(folder, "example", ".out");
    err = Files.createTempFile(folder, "example", ".err");
    List<String> words = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL"));
    words.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS").forEach(builder.environment()::remove);
    builder.environment().put(VARIABLE, mark);
    process = builder.start();
  }

  /** Starts a command, whose output goes to files in a folder. */
  public static Example start(Path folder, List<String> command) throws IOException {
    return new Example(folder, command);
  }

  /** Its pid. */
  public long pid() {
    return process.pid();
  }

  /** Is it running? */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** What it has written to standard output. */
  public String out() {
    return text(out);
  }

  /** What it has written to standard error. */
  public String err() {
    return text(err);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends it a signal, by its name. */
  public void signal(String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, "" + pid()).inheritIO().start();
    assertEquals(0, kill.waitFor(), "kill -" + name);
  }

  /** Waits for its end: the exit status. */
  public int status() throws InterruptedException {
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), () -> "runs still: " + err());
    return process.exitValue();
  }

  /** It and all that descends from it, and has not ended. */
  public List<Long> alive() {
    List<Long> found = new ArrayList<>();
    for (Path process : processes()) {
      if (read(process.resolve("environ")).contains(mark) && !isZombie(process)) {
        found.add(pid(process));
      }
    }
    return found;
  }

  /** The children that it has not reaped, zombies too. */
  public List<Long> children() {
    List<Long> found = new ArrayList<>();
    for (Path process : processes()) {
      String stat = read(process.resolve("stat"));
      if (stat.substring(stat.lastIndexOf(')') + 1).matches("(?s) . " + pid() + " .*")) {
        found.add(pid(process));
      }
    }
    return found;
  }

  private static boolean isZombie(Path process) {
    String stat = read(process.resolve("stat"));
    return stat.isEmpty() || stat.contains(") Z ") || stat.contains(") X ");
  }

  private static long pid(Path process) {
    return Long.parseLong(process.getFileName().toString());
  }

  private static List<Path> processes() {
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      return all.filter(p -> p.getFileName().toString().matches("\\d+")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is in a file of /proc, and nothing if the process has gone. */
  private static String read(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  /**
   * Nobody of it is alive a second from now, and its port is free. Both are asked: a process that
   * is just ending has no environment any more, and still has its descriptors.
   */
  public void assertIsGoneInASecond(int port) throws InterruptedException {
    assertTrue(
        within(1000, () -> alive().isEmpty() && Client.isFree(port)),
        () -> "alive: " + alive() + ", the port is free: " + Client.isFree(port));
  }

  /** Waits until something is so, a minute at most; fails with all that was said if it is not. */
  public void await(String what, BooleanSupplier so) throws InterruptedException {
    assertTrue(
        within(PATIENCE_SECONDS * 1000, so),
        () -> "not so: " + what + "\nstdout:\n" + out() + "\nstderr:\n" + err());
  }

  /** Waits until something is so; false if it is not after so many milliseconds. */
  public static boolean within(long millis, BooleanSupplier so) throws InterruptedException {
    long end = System.nanoTime() + millis * 1_000_000;
    while (!so.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      Thread.sleep(10);
    }
    return true;
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
    for (long pid : alive()) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
  }
}
