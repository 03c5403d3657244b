// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.noinherit.testkit.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One of the examples in a JVM of its own, and what the kernel says of it.
 *
 * <p>It ends with this JVM, however that ends: its parent is a shell that waits for the end of a
 * pipe from here, and then kills it; a signal to all of us, Ctrl-C for one, does not end the shell.
 * It begins with no descriptor above 2: the shell is started by ProcessBuilder, which closes the
 * rest.
 */
final class ExampleServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String GUARD =
      """
      log=$1; shift
      "$@" >"$log" 2>&1 </dev/null &
      trap '' HUP INT TERM
      echo $!
      read -r _
      kill -9 $! 2>/dev/null
      wait
      """;

  private final int port;
  private final Path folder;
  private final Process shell;
  private final long pid;
  private long touched;

  /**
   * Starts it, and returns when it answers.
   *
   * @param libraries the first letters of the jars that it needs, as a regular expression
   * @param java the folder of the Java that runs it
   */
  ExampleServer(Class<?> main, String libraries, int port, Path java) throws Exception {
    this.port = port;
    folder = Files.createTempDirectory("example");
    Path trigger = Files.createFile(folder.resolve("restart"));
    touched = Files.getLastModifiedTime(trigger).toMillis();
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", GUARD, "sh", folder.resolve("log").toString()));
    command.addAll(
        ChildJvm.of(main)
            .javaHome(java)
            .classPath(classPath(libraries))
            .arguments("" + port, trigger.toString())
            .command());
    shell = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    BufferedReader out = shell.inputReader(US_ASCII);
    try {
      pid = Long.parseLong(out.readLine());
      awaitAnswerOtherThan("");
    } catch (Exception | Error e) {
      close();
      throw e;
    }
  }

  /** The test's class path without what only the test needs: the JVM starts faster. */
  private static String classPath(String libraries) {
    Pattern needed =
        Pattern.compile(
            ".*/(core/target/[^/]*|examples/target/classes|noinherit-[0-9][^/]*|(%s)[^/]*\\.jar)"
                .formatted(libraries));
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(all.split(":", -1))
        .filter(entry -> needed.matcher(entry).matches())
        .collect(Collectors.joining(":"));
  }

  /**
   * A free port that is nobody's ephemeral one: a client that connects to such a port from the very
   * same port, while nobody listens, is connected to itself (tcp(7), simultaneous open).
   */
  static int freePort() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 30_000);
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return probe.getLocalPort();
      } catch (IOException e) {
        // taken: another one
      }
    }
  }

  long pid() {
    return pid;
  }

  /** Asks for a restart, as a user would by touch(1). */
  void touch() throws IOException {
    touched = Math.max(touched + 1, System.currentTimeMillis());
    Files.setLastModifiedTime(folder.resolve("restart"), FileTime.fromMillis(touched));
  }

  /** What it says, once it says something else than before. */
  String awaitAnswerOtherThan(String before) throws Exception {
    Instant end = Instant.now().plus(PATIENCE);
    while (Instant.now().isBefore(end)) {
      try (HttpClient client = new HttpClient(port)) {
        String answer = client.ask(true).orElse(before);
        if (!answer.equals(before)) {
          return answer;
        }
      } catch (IOException e) {
        if (!ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)) {
          throw new IOException("the server has ended: " + log(), e);
        }
      }
      Thread.sleep(20);
    }
    throw new IOException("nothing new is answered: " + log());
  }

  /** Waits until it has said this on standard output or error. */
  void awaitLog(String text) throws Exception {
    Instant end = Instant.now().plus(PATIENCE);
    while (!log().contains(text)) {
      if (Instant.now().isAfter(end)) {
        throw new IOException("it does not say \"" + text + "\": " + log());
      }
      Thread.sleep(20);
    }
  }

  /** Ends it as a service manager does, by SIGTERM, and waits for that. */
  void stop() throws Exception {
    ProcessHandle.of(pid).orElseThrow().destroy();
    Instant end = Instant.now().plus(PATIENCE);
    while (stat().getFirst().charAt(0) != 'Z') {
      if (Instant.now().isAfter(end)) {
        throw new IOException("it does not end");
      }
      Thread.sleep(5);
    }
  }

  /** When the process began, in clock ticks since boot. */
  String startTime() throws IOException {
    return stat().get(22 - 3);
  }

  /** /proc/PID/stat from the state, field 3, on. */
  private List<String> stat() throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    return List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
  }

  /** Its threads but the first, whose id is that of the process. */
  Set<String> threads() throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
      Set<String> ids =
          tasks.map(p -> p.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
      ids.remove("" + pid);
      return ids;
    }
  }

  /** The sockets, by inode, that listen on the port: {@code /proc/net/tcp} and {@code tcp6}. */
  List<String> listeners() throws IOException {
    List<String> inodes = new ArrayList<>();
    String end = ":%04X".formatted(port);
    for (String table : List.of("/proc/" + pid + "/net/tcp", "/proc/" + pid + "/net/tcp6")) {
      for (String line : Files.readAllLines(Path.of(table))) {
        String[] words = line.strip().split(" +", -1);
        if (words[1].endsWith(end) && words[3].equals("0A")) { // TCP_LISTEN
          inodes.add(words[9]);
        }
      }
    }
    return inodes;
  }

  /** How many of its descriptors are this socket. */
  long descriptorsOf(String inode) throws IOException {
    long count = 0;
    try (Stream<Path> links = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      for (Path link : links.toList()) {
        try {
          if (Files.readSymbolicLink(link).toString().equals("socket:[" + inode + "]")) {
            count++;
          }
        } catch (NoSuchFileException e) {
          // a connection that was closed meanwhile
        }
      }
    }
    return count;
  }

  String log() throws IOException {
    return Files.readString(folder.resolve("log"));
  }

  @Override
  public void close() throws IOException {
    shell.getOutputStream().close();
    shell.onExit().join();
    shell.getInputStream().close();
    Files.deleteIfExists(folder.resolve("log"));
    Files.deleteIfExists(folder.resolve("restart"));
    Files.delete(folder);
  }
}
