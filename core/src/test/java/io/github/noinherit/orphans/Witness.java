// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.orphans;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Who is alive, asked of /proc: processes are known by a mark in their environment, which all that
 * descends from them inherits, whatever it does to sessions, groups and parents.
 */
final class Witness {
  /** The variable that has the mark. */
  static final String VARIABLE = "NOINHERIT_MARK";

  /**
   * A command whose process starts another like itself and ends, over and over, for a while. Each
   * adds a byte to a file, as a look through /proc hardly ever finds one alive.
   */
  static String chain(Path beats) {
    return "python3 -c 'exec(\"import os, sys, time\\nfor i in range(20000):\\n"
        + " open(sys.argv[1], chr(97)).write(chr(120))\\n if os.fork(): os._exit(0)\\n"
        + " time.sleep(0.0005)\")' "
        + beats;
  }

  /** Has a chain come to life? */
  static boolean beats(Path beats) throws InterruptedException {
    return within(10_000, () -> size(beats) > 20);
  }

  /** Is it still, soon, as who was killed takes a moment to go? */
  static boolean isStill(Path beats) throws InterruptedException {
    Thread.sleep(300);
    long then = size(beats);
    Thread.sleep(300);
    return size(beats) == then;
  }

  private static long size(Path file) {
    return file.toFile().length();
  }

  private Witness() {}

  /**
   * A process.
   *
   * @param command its arguments
   */
  record Seen(int pid, String command) {}

  private static List<Seen> all(String file, String text) {
    List<Seen> found = new ArrayList<>();
    int self = (int) ProcessHandle.current().pid();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : processes.toList()) {
        String name = process.getFileName().toString();
        if (name.matches("\\d+") && Integer.parseInt(name) != self) {
          if (read(process.resolve(file)).contains(text) && !isZombie(process)) {
            String command = read(process.resolve("cmdline")).replace('\0', ' ');
            found.add(new Seen(Integer.parseInt(name), command));
          }
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return found;
  }

  private static boolean isZombie(Path process) {
    String stat = read(process.resolve("stat"));
    return stat.isEmpty() || stat.contains(") Z ") || stat.contains(") X ");
  }

  /** What is in a file, and nothing if the process has gone. */
  private static String read(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  /** Those with this mark, or one that begins so. */
  static List<Seen> marked(String mark) {
    return all("environ", VARIABLE + "=" + mark);
  }

  /** How many have each mark that begins so. */
  static Map<String, Integer> count(String prefix, List<String> names) {
    Map<String, Integer> counts = new TreeMap<>();
    names.forEach(name -> counts.put(name, marked(prefix + name + "\0").size()));
    return counts;
  }

  /** Those whose arguments contain this. */
  static List<Seen> commands(String text) {
    return all("cmdline", text);
  }

  /** The guardian of a process. */
  static List<Seen> guardians(long of) {
    return commands("noinherit-guardian of " + of + "\0");
  }

  /** The cgroups that a process has made right below its own, which is ours too. */
  static List<Path> cgroups(long of) throws IOException {
    List<Path> found = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      if (line.contains(" - cgroup2 ")) {
        try (Stream<Path> all = Files.walk(Path.of(line.split(" ", -1)[4]), 8)) {
          all.filter(p -> p.getFileName().toString().startsWith("noinherit-" + of + "-"))
              .forEach(found::add);
        } catch (java.io.UncheckedIOException e) {
          // one went away while it was walked through
          return cgroups(of);
        }
      }
    }
    return found;
  }

  /** Waits until something is so; false if it is not after so many milliseconds. */
  static boolean within(long millis, BooleanSupplier so) throws InterruptedException {
    long end = System.nanoTime() + millis * 1_000_000;
    while (!so.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      Thread.sleep(10);
    }
    return true;
  }

  /** Ends what is left, by pid. */
  static void end(List<Seen> left) {
    left.forEach(s -> ProcessHandle.of(s.pid()).ifPresent(ProcessHandle::destroyForcibly));
  }
}
