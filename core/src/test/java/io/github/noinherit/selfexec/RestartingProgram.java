// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.selfexec;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.noinherit.Inherited;
import io.github.noinherit.NoInherit;
import io.github.noinherit.SelfExec;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.lang.ProcessBuilder.Redirect;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A program that does what the lines on its standard input say, and restarts itself in place. Its
 * standard streams go on, so the test talks to every generation of it through the same pipes. One
 * line at a time: what was read ahead would be lost.
 *
 * <p>It says {@code up GENERATION [given names] arguments} when it begins.
 */
public final class RestartingProgram {
  /** What the reader of the listener needs. */
  static final String[] FLAGS = {
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", "--add-opens=java.base/java.io=ALL-UNNAMED"
  };

  private final Map<String, Closeable> open = new HashMap<>();
  private final List<Process> started = new ArrayList<>();

  private RestartingProgram() {}

  /** The program. */
  public static void main(String[] arguments) throws Exception {
    say("up " + generation() + " " + given().keySet() + " " + Arrays.toString(arguments));
    RestartingProgram program = new RestartingProgram();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, US_ASCII));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      try {
        program.obey(List.of(line.split(" ", -1)));
      } catch (Exception e) {
        say(e.getClass().getSimpleName() + ": " + e.getMessage());
      }
    }
  }

  static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  static int generation() {
    String text = System.getenv("GENERATION");
    return text == null ? 0 : Integer.parseInt(text);
  }

  /** What NOINHERIT_HANDLES says: names and numbers. */
  static Map<String, Integer> given() {
    Map<String, Integer> given = new TreeMap<>();
    String text = System.getenv("NOINHERIT_HANDLES");
    if (text != null) {
      for (String handle : text.split(",", -1)) {
        String[] words = handle.split("=", -1);
        given.put(words[0], Integer.valueOf(words[1]));
      }
    }
    return given;
  }

  /** By hand, with java.base open to us ({@link #FLAGS}): what is tested is not its own reader. */
  static ServerSocketChannel givenListener(String name) throws IOException {
    Integer number = given().get(name);
    if (number == null) {
      return null;
    }
    try {
      FileDescriptor fd = new FileDescriptor();
      Field field = FileDescriptor.class.getDeclaredField("fd");
      field.setAccessible(true);
      field.setInt(fd, number);
      Constructor<?> constructor =
          Class.forName("sun.nio.ch.ServerSocketChannelImpl")
              .getDeclaredConstructor(
                  SelectorProvider.class,
                  ProtocolFamily.class,
                  FileDescriptor.class,
                  boolean.class);
      constructor.setAccessible(true);
      return (ServerSocketChannel)
          constructor.newInstance(
              SelectorProvider.provider(), StandardProtocolFamily.INET, fd, true);
    } catch (ReflectiveOperationException e) {
      throw new IOException(e);
    }
  }

  private void obey(List<String> words) throws Exception {
    switch (words.getFirst()) {
      case "file" -> file(words.get(1), Path.of(words.get(2)), words.contains("lock"));
      case "listen" -> listen(words.get(1));
      case "accept" -> accept(words.get(1));
      case "close" -> {
        open.get(words.get(1)).close();
        say("closed");
      }
      case "spawn" -> spawn(words.subList(1, words.size()));
      case "process" -> {
        ProcessBuilder b = new ProcessBuilder(words.subList(1, words.size()));
        Process p = b.redirectOutput(Redirect.DISCARD).start();
        started.add(p);
        say("" + p.pid());
      }
      case "fifo" -> fifo(Path.of(words.get(1)));
      case "former" ->
          say("" + SelfExec.formerChildren().stream().map(Process::pid).sorted().toList());
      case "former-end" -> {
        for (SpawnedProcess p : SelfExec.formerChildren()) {
          p.destroy();
          say("" + p.waitFor());
        }
      }
      case "byDefault" -> say("" + NoInherit.byDefault().isOn());
      case "hook" -> hook(Path.of(words.get(1)), words.get(2));
      case "adopt" -> {
        open.put(words.get(1), Inherited.serverSocket(words.get(1)).orElseThrow());
        say("adopted");
      }
      case "churn" -> churn(words.get(1));
      case "property" -> say(System.getProperty(words.get(1)));
      case "restart" -> restart(words.subList(1, words.size()));
      default -> throw new IllegalArgumentException(words.toString());
    }
  }

  private void file(String name, Path path, boolean lock) throws IOException {
    RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
    if (lock) {
      file.getChannel().lock();
    }
    open.put(name, file);
    say("opened");
  }

  /** Opens files by the JDK's own means, so inheritable, as fast as it can, a hundred at a time. */
  private static void churn(String prefix) {
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              ArrayDeque<Closeable> files = new ArrayDeque<>();
              try {
                for (int i = 0; ; i = (i + 1) % 1000) {
                  files.add(new RandomAccessFile(prefix + i, "rw"));
                  if (files.size() > 100) {
                    files.remove().close();
                  }
                }
              } catch (IOException e) {
                say("" + e);
              }
            });
    say("churning");
  }

  private void listen(String name) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.INET);
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    open.put(name, listener);
    say("" + ((InetSocketAddress) listener.getLocalAddress()).getPort());
  }

  private void accept(String name) throws IOException {
    ServerSocketChannel own = (ServerSocketChannel) open.get(name);
    ServerSocketChannel listener = own == null ? givenListener(name) : own;
    open.put(name, listener);
    try (SocketChannel client = listener.accept()) {
      say("accepted " + client.isConnected());
    }
  }

  private void spawn(List<String> command) throws IOException {
    Process p = Spawn.command(command).stdout(Redirect.DISCARD).start();
    started.add(p);
    say("" + p.pid());
  }

  /** A child whose birth takes as long as nobody opens the other end. */
  private void fifo(Path path) throws InterruptedException {
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                started.add(
                    Spawn.command("sleep", "60").stdin(Redirect.from(path.toFile())).start());
              } catch (IOException e) {
                say("" + e);
              }
            });
    Thread.sleep(500);
    say("being born");
  }

  private void hook(Path file, String toClose) throws IOException {
    Files.createFile(file);
    file.toFile().deleteOnExit();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    Thread.sleep(300);
                    open.get(toClose).close();
                    say("hook");
                  } catch (IOException | InterruptedException e) {
                    say("" + e);
                  }
                }));
    say("hooked");
  }

  /** Words: names to pass; hooks; virtual; K=V for the environment; +ARGUMENT. */
  private void restart(List<String> words) throws Exception {
    SelfExec exec = SelfExec.sameCommand().environment("GENERATION", "" + (generation() + 1));
    for (String word : words) {
      if (word.equals("hooks")) {
        exec.runShutdownHooks();
      } else if (word.startsWith("+")) {
        exec.arguments(
            before -> {
              List<String> after = new ArrayList<>(before);
              after.add(word.substring(1));
              return after;
            });
      } else if (word.contains("=")) {
        exec.environment(word.split("=", 2)[0], word.split("=", 2)[1]);
      } else if (!word.equals("virtual")) {
        exec.pass(word, open.get(word));
      }
    }
    if (!words.contains("virtual")) {
      exec.restart();
    } else {
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  exec.restart();
                } catch (IOException e) {
                  say("" + e);
                }
              })
          .join();
    }
  }
}
