// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Processes that a test knows by pid, asked of /proc; those still alive are ended at the end. */
final class Processes implements AutoCloseable {
  private final List<Long> pids = new ArrayList<>();

  /** Waits until so many pids, one a line, are in a file, and remembers them. */
  List<Long> awaitIn(Path file, int count) throws IOException, InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (true) {
      List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
      boolean whole = Files.exists(file) && Files.readString(file).endsWith("\n");
      if (whole && lines.size() >= count) {
        List<Long> read = lines.stream().map(String::strip).map(Long::valueOf).toList();
        pids.addAll(read);
        return read;
      }
      if (System.nanoTime() > end) {
        throw new AssertionError("not " + count + " pids in " + file + ": " + lines);
      }
      Thread.sleep(5);
    }
  }

  /** Remembers one. */
  long add(long pid) {
    pids.add(pid);
    return pid;
  }

  /** Is there such a process, and has it not ended? A zombie has. */
  static boolean isAlive(long pid) throws IOException {
    Path stat = Path.of("/proc/" + pid + "/stat");
    try {
      String line = Files.readString(stat, StandardCharsets.ISO_8859_1);
      return line.charAt(line.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      if (Files.exists(stat)) {
        throw e;
      }
      return false;
    }
  }

  /** Those of them that are alive, after up to two seconds for their ends. */
  static List<Long> alive(List<Long> pids) throws IOException, InterruptedException {
    List<Long> alive = List.of();
    for (int i = 0; i < 200; i++) {
      alive = new ArrayList<>();
      for (long pid : pids) {
        if (isAlive(pid)) {
          alive.add(pid);
        }
      }
      if (alive.isEmpty()) {
        break;
      }
      Thread.sleep(10);
    }
    return alive;
  }

  @Override
  public void close() {
    pids.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
  }
}
