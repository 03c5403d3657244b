// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What this process has at one moment: descriptors, platform threads, and children, zombies
 * included. The difference of two says what was left behind in between.
 *
 * <p>The JDK makes some things when they are first needed and keeps them. Those that any program
 * meets are made before the first census ({@link #warmUp}); the rest is in the allow-lists below,
 * each with its reason. Both were found by looking at what was left of a fresh JVM's first use of
 * every species of the zoo, virtual threads on sockets, CompletableFuture and HttpURLConnection.
 *
 * @param descriptors the descriptor table
 * @param threads live platform threads: id to name
 * @param children processes whose parent this one is: pid to command and state
 */
public record Census(
    DescriptorTable descriptors, Map<Long, String> threads, Map<Long, String> children) {

  /** The one thread of the library that stays; it waits for all children. */
  static final String REAPER = "noinherit-reaper";

  private record Allowed(Pattern name, String reason) {
    static Allowed of(String regex, String reason) {
      return new Allowed(Pattern.compile(regex), reason);
    }

    boolean allows(String text) {
      return name.matcher(text).matches();
    }
  }

  private static final List<Allowed> ALLOWED_THREADS =
      List.of(
          Allowed.of("process reaper.*", "java.lang.Process: ends when idle for a minute"),
          Allowed.of(
              "ForkJoinPool\\.commonPool-.*", "CompletableFuture, Process.onExit: idles out"),
          Allowed.of("ForkJoinPool-1-.*", "carriers and timers of virtual threads"),
          Allowed.of("VirtualThread-.*", "virtual threads: unparks and unblocks them, stays"),
          Allowed.of("(Master|Read-|Write-)Poller.*", "virtual threads' I/O: stays"),
          Allowed.of("Keep-Alive-Timer", "HttpURLConnection: ends when idle"));

  private static final List<Allowed> ALLOWED_DESCRIPTORS =
      List.of(
          Allowed.of(".*\\.jar", "class loading opens a jar when it first needs it, and keeps it"));

  /** Virtual threads keep one epoll set for each carrier that ever waited for I/O. */
  private static final String EPOLL = "anon_inode:[eventpoll]";

  /** Takes one now. */
  public static Census take() {
    Warm.up();
    return new Census(DescriptorTable.ofThisProcess(), liveThreads(), liveChildren());
  }

  /**
   * What is there now and was not at the earlier census, one line each; empty if nothing was left
   * behind.
   */
  public List<String> since(Census earlier) {
    List<String> differences = new ArrayList<>();
    boolean pollers = threads.values().stream().anyMatch("MasterPoller"::equals);
    for (Descriptor descriptor : descriptors.since(earlier.descriptors)) {
      boolean poller = pollers && descriptor.closeOnExec() && descriptor.link().equals(EPOLL);
      if (!poller && !allowed(ALLOWED_DESCRIPTORS, descriptor.link())) {
        differences.add("descriptor " + descriptor);
      }
    }
    long reapers = threads.values().stream().filter(REAPER::equals).count();
    threads.forEach(
        (id, name) -> {
          boolean reaper = name.equals(REAPER) && reapers == 1;
          if (!earlier.threads.containsKey(id) && !reaper && !allowed(ALLOWED_THREADS, name)) {
            differences.add("thread %d \"%s\"".formatted(id, name));
          }
        });
    children.forEach(
        (pid, what) -> {
          if (!earlier.children.containsKey(pid)) {
            differences.add("child process %d %s".formatted(pid, what));
          }
        });
    return differences;
  }

  /**
   * What was left behind, after giving what is just ending some time to do so. Nothing is collected
   * as garbage to that end: an object that only a cleaner closes has been left behind.
   */
  public static List<String> leftBehindSince(Census earlier, Duration patience)
      throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    List<String> differences = take().since(earlier);
    while (!differences.isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(20);
      differences = take().since(earlier);
    }
    return differences;
  }

  /**
   * Makes what the JDK makes once and keeps: the socket by which closing wakes blocked threads, the
   * default group of asynchronous channels with its threads, the random devices.
   */
  static void warmUp() throws IOException {
    try (SocketChannel channel = SocketChannel.open()) {
      channel.bind(new InetSocketAddress(Pen.loopback(), 0));
    }
    AsynchronousServerSocketChannel.open().close();
    new SecureRandom().nextInt();
  }

  private static final class Warm {
    static {
      try {
        warmUp();
      } catch (IOException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    /** The first call runs the initialiser above. */
    static void up() {}
  }

  private static boolean allowed(List<Allowed> list, String text) {
    return list.stream().anyMatch(entry -> entry.allows(text));
  }

  private static Map<Long, String> liveThreads() {
    Map<Long, String> threads = new TreeMap<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      threads.put(thread.threadId(), thread.getName());
    }
    return threads;
  }

  private static Map<Long, String> liveChildren() {
    Map<Long, String> children = new TreeMap<>();
    long self = ProcessHandle.current().pid();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : processes.toList()) {
        String name = process.getFileName().toString();
        if (name.chars().allMatch(c -> c >= '0' && c <= '9')) {
          addIfChild(self, Long.parseLong(name), process.resolve("stat"), children);
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot list /proc", e);
    }
    return children;
  }

  private static void addIfChild(long self, long pid, Path stat, Map<Long, String> children)
      throws IOException {
    String text;
    try {
      text = Files.readString(stat);
    } catch (NoSuchFileException e) {
      return;
    } catch (IOException e) {
      // The process ended between open and read: ESRCH.
      if (Files.exists(stat)) {
        throw e;
      }
      return;
    }
    Child child = parse(text);
    if (child.parent() == self) {
      children.put(pid, child.toString());
    }
  }

  /** A process as /proc/PID/stat has it: {@code 4711 (name (of) it) Z 1 …}. */
  record Child(String command, char state, long parent) {
    @Override
    public String toString() {
      return "\"" + command + "\" " + (state == 'Z' ? "(a zombie)" : "(state " + state + ")");
    }
  }

  static Child parse(String stat) {
    int open = stat.indexOf('(');
    int close = stat.lastIndexOf(')');
    if (open < 0 || close + 4 >= stat.length()) {
      throw new IllegalArgumentException("not a line of /proc/PID/stat: " + stat);
    }
    String[] rest = stat.substring(close + 2).split(" ", 3);
    return new Child(stat.substring(open + 1, close), rest[0].charAt(0), Long.parseLong(rest[1]));
  }
}
