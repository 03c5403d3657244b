// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A main class of the test class path in a fresh JVM, with the flags, environment and locale that a
 * test asks for.
 *
 * <p>It starts with a clean descriptor table: it is started by {@link ProcessBuilder}, which on
 * Linux closes everything above 2 in the child. What a test runner has open, or was itself given by
 * whoever started it, does not reach it.
 *
 * <p>It always ends: {@link #run} kills it, and what it started, when its time is over; {@link
 * Running#close} does at once.
 */
public final class ChildJvm {
  private final String mainClass;
  private final List<String> arguments = new ArrayList<>();
  private final List<String> flags = new ArrayList<>();
  private final Map<String, @Nullable String> environment = new LinkedHashMap<>();
  private Path javaHome = Path.of(System.getProperty("java.home"));
  private String classPath =
      System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  private @Nullable Path directory;
  private boolean nativeAccess = true;
  private Duration timeout = Duration.ofSeconds(60);

  private ChildJvm(String mainClass) {
    this.mainClass = mainClass;
    // They would change what is tested, and are announced on stderr.
    for (String name : List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")) {
      environment.put(name, null);
    }
  }

  /** A JVM that runs this main class. */
  public static ChildJvm of(Class<?> mainClass) {
    return new ChildJvm(mainClass.getName());
  }

  /** A JVM that runs the main class of this name. */
  public static ChildJvm of(String mainClass) {
    return new ChildJvm(mainClass);
  }

  /** Its arguments. */
  public ChildJvm arguments(String... more) {
    arguments.addAll(List.of(more));
    return this;
  }

  /** Flags for the JVM itself. */
  public ChildJvm flags(String... more) {
    flags.addAll(List.of(more));
    return this;
  }

  /** Without {@code --enable-native-access=ALL-UNNAMED}, which it has otherwise. */
  public ChildJvm withoutNativeAccess() {
    nativeAccess = false;
    return this;
  }

  /** Another Java than the one that runs the tests. */
  public ChildJvm javaHome(Path home) {
    javaHome = home;
    return this;
  }

  /** Another class path than that of the tests. */
  public ChildJvm classPath(String path) {
    classPath = path;
    return this;
  }

  /** A variable in addition to this process's own; null takes it out. */
  public ChildJvm environment(String name, @Nullable String value) {
    environment.put(name, value);
    return this;
  }

  /**
   * Its locale, as LC_ALL; for instance {@code C.UTF-8}, {@code POSIX}, {@code en_US.ISO-8859-1}.
   */
  public ChildJvm locale(String locale) {
    return environment("LC_ALL", locale).environment("LANG", null);
  }

  /** Its working folder. */
  public ChildJvm directory(Path folder) {
    directory = folder;
    return this;
  }

  /** How long {@link #run} waits for its end; a minute if nothing is said. */
  public ChildJvm timeout(Duration limit) {
    timeout = limit;
    return this;
  }

  /** The command line that it is started with. */
  public List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(javaHome.resolve("bin/java").toString());
    command.addAll(
        List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dstdout.encoding=UTF-8"));
    command.add("-Dstderr.encoding=UTF-8");
    if (nativeAccess) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(flags);
    command.addAll(List.of("-cp", classPath, mainClass));
    command.addAll(arguments);
    return command;
  }

  private ProcessBuilder builder() {
    ProcessBuilder builder = new ProcessBuilder(command());
    environment.forEach(
        (name, value) -> {
          if (value == null) {
            builder.environment().remove(name);
          } else {
            builder.environment().put(name, value);
          }
        });
    if (directory != null) {
      builder.directory(directory.toFile());
    }
    return builder;
  }

  /**
   * How it ended and what it said; its standard input was empty.
   *
   * @param exitValue its exit status, 128 + n for signal n
   * @param out its standard output, read as UTF-8, which it writes whatever its locale
   * @param err its standard error, the same
   */
  public record Result(int exitValue, String out, String err) {
    /** Its standard output, or an {@link AssertionError} with all that it said. */
    public String outOrThrow() {
      if (exitValue != 0) {
        throw new AssertionError(
            "the child JVM ended with " + exitValue + "\nstdout:\n" + out + "\nstderr:\n" + err);
      }
      return out;
    }
  }

  /** Runs it to its end. */
  public Result run() throws IOException, InterruptedException {
    Path out = Files.createTempFile("child-jvm", ".out");
    Path err = Files.createTempFile("child-jvm", ".err");
    try {
      Process process =
          builder()
              .redirectInput(Redirect.from(new File("/dev/null")))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      boolean ended;
      try {
        ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
      } finally {
        end(process);
      }
      Result result = new Result(process.exitValue(), text(out), text(err));
      if (!ended) {
        throw new AssertionError(
            "the child JVM did not end within %s\nstdout:\n%s\nstderr:\n%s"
                .formatted(timeout, result.out(), result.err()));
      }
      return result;
    } finally {
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    }
  }

  /** Starts it and leaves it running, with pipes to its standard input and output. */
  public Running start() throws IOException {
    Path err = Files.createTempFile("child-jvm", ".err");
    try {
      return new Running(builder().redirectError(err.toFile()).start(), err);
    } catch (IOException e) {
      Files.deleteIfExists(err);
      throw e;
    }
  }

  /** A JVM that runs until it is closed. */
  public static final class Running implements AutoCloseable {
    private final Process process;
    private final Path err;
    private final BufferedReader out;

    private Running(Process process, Path err) {
      this.process = process;
      this.err = err;
      this.out = process.inputReader(StandardCharsets.UTF_8);
    }

    /** The process. */
    public Process process() {
      return process;
    }

    /** Its pid. */
    public long pid() {
      return process.pid();
    }

    /** The next line that it prints; an exception with its stderr if it ends instead. */
    public String readLine() throws IOException {
      String line = out.readLine();
      if (line == null) {
        throw new IOException("the child JVM has ended; its stderr:\n" + text(err));
      }
      return line;
    }

    /** Reads lines until one is this. */
    public void awaitLine(String expected) throws IOException {
      while (!readLine().equals(expected)) {
        // what else it prints (the JDWP agent's greeting, for one) is not asked for
      }
    }

    /**
     * Closes its standard input, at which it is expected to end by itself, and waits for that; a
     * JVM that is killed instead leaves the file behind by which tools attach to it.
     */
    public void endByInput(Duration patience) throws IOException, InterruptedException {
      process.getOutputStream().close();
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException("the child JVM did not end within " + patience + " of its input");
      }
    }

    /** What it has said on stderr so far. */
    public String err() throws IOException {
      return text(err);
    }

    @Override
    public void close() throws IOException {
      try {
        end(process);
      } finally {
        Files.deleteIfExists(err);
      }
    }
  }

  /** Kills it and what it started, waits for it, and closes this side's pipes. */
  private static void end(Process process) throws IOException {
    List<ProcessHandle> descendants = process.descendants().toList();
    process.destroyForcibly();
    descendants.forEach(ProcessHandle::destroyForcibly);
    boolean interrupted = false;
    while (process.isAlive()) {
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    process.getInputStream().close();
    process.getErrorStream().close();
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // What was not yet written to a process that is dead cannot be flushed: nothing is lost.
      if (process.isAlive()) {
        throw e;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
