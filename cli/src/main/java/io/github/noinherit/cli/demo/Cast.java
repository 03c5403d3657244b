// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import io.github.noinherit.NoInherit;
import java.io.Closeable;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;

/**
 * Everybody who plays in one side of a scene: servers, their helpers, clients, and a folder for
 * their files. Closing it ends every process by its pid, closes every client and deletes the
 * folder.
 */
final class Cast implements AutoCloseable {
  private static final List<String> QUICK_START =
      List.of(
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-Xshare:auto",
          "-XX:-UsePerfData",
          "-Xmx64m",
          "--enable-native-access=ALL-UNNAMED");

  private final Side castAs;
  private final Path folder;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private boolean closed;

  /** A cast whose servers are those of the given side. */
  Cast(Side castAs) throws IOException {
    this.castAs = castAs;
    this.folder =
        Files.createDirectory(
            Path.of(System.getProperty("java.io.tmpdir"), "noinherit-demo-" + shortName()),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
  }

  /** Short, as the kernel's lines about files have to fit a page; a taken one is an error. */
  private static String shortName() {
    return UUID.randomUUID().toString().substring(0, 8);
  }

  /** A folder that goes when the scene is over. */
  Path folder() {
    return folder;
  }

  ServerProcess startServer() throws IOException {
    return start(javaCommand(castAs.leaks() ? Server.class : ProtectedServer.class));
  }

  /** Starts the server that knows nothing of noinherit, by java or by {@code noinherit java}. */
  ServerProcess startUnchangedServer() throws IOException {
    List<String> command = javaCommand(Server.class);
    if (!castAs.leaks()) {
      command.add(1, agentFlag()); // the other flag of `noinherit java` is in QUICK_START
    }
    return start(command);
  }

  private ServerProcess start(List<String> command) throws IOException {
    return join(ServerProcess.start(command, this));
  }

  /**
   * The flag that loads noinherit's jar as an agent. The jar is linked to, as a path with {@code =}
   * in it would be cut there.
   */
  private String agentFlag() throws IOException {
    Path jar;
    try {
      jar = Path.of(NoInherit.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException("noinherit is loaded from no file: " + e.getMessage(), e);
    }
    if (!Files.isRegularFile(jar)) {
      throw new IOException("an agent is a jar, and noinherit is loaded from " + jar);
    }
    return "-javaagent:" + Files.createSymbolicLink(folder.resolve("noinherit.jar"), jar);
  }

  Client connect(int port, Duration limit) throws IOException {
    return join(Client.connect(port, limit));
  }

  /** Takes something in that has to be closed at the end of the scene. */
  synchronized <T extends AutoCloseable> T join(T newcomer) throws IOException {
    if (closed) { // Ctrl-C while somebody was being started
      closeQuietlyInto(newcomer, new ArrayList<>());
      throw new IOException("the demo is being ended");
    }
    open.push(newcomer);
    return newcomer;
  }

  /** The command line of one of the demo's programs, in the same Java as this one. */
  static List<String> javaCommand(Class<?> program, String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(QUICK_START);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(program.getName());
    command.addAll(List.of(args));
    return command;
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    List<Exception> failures = new ArrayList<>();
    while (!open.isEmpty()) {
      closeQuietlyInto(open.pop(), failures);
    }
    closeQuietlyInto((Closeable) this::deleteFolder, failures);
    if (!failures.isEmpty()) {
      IOException together = new IOException("the demo could not tidy up", failures.getFirst());
      failures.stream().skip(1).forEach(together::addSuppressed);
      throw together;
    }
  }

  private void deleteFolder() throws IOException {
    if (Files.exists(folder)) {
      try (var files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }

  private static void closeQuietlyInto(AutoCloseable closeable, List<Exception> failures) {
    try {
      closeable.close();
    } catch (Exception e) {
      failures.add(e);
    }
  }
}
