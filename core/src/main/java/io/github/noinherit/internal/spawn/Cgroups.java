// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.jdk.JdkText;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.Posix;
import java.io.FileInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Control groups, version 2 (cgroups(7)): which is ours, and what is done with one. */
public final class Cgroups {
  private static final String KIND = "cgroup2";
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

  private Cgroups() {}

  /**
   * Pure: the directory of a process' control group.
   *
   * @param cgroup its /proc/PID/cgroup
   * @param mountinfo its /proc/PID/mountinfo
   * @return empty if the hierarchy is not mounted, or the group is not below what is mounted
   */
  static Optional<Path> directory(String cgroup, String mountinfo) {
    String group = null;
    for (String line : cgroup.split("\n", -1)) {
      if (line.startsWith("0::/")) {
        group = line.substring("0::".length());
      }
    }
    if (group == null || group.endsWith(" (deleted)") || group.startsWith("/..")) {
      return Optional.empty();
    }
    for (String line : mountinfo.split("\n", -1)) {
      int dash = line.indexOf(" - ");
      String[] words = line.split(" ", -1);
      if (dash < 0 || !line.substring(dash + 3).startsWith(KIND + " ")) {
        continue;
      }
      Path root = Path.of(unescape(words[3]));
      Path path = Path.of(group);
      if (path.startsWith(root)) {
        return Optional.of(Path.of(unescape(words[4])).resolve(root.relativize(path)));
      }
    }
    return Optional.empty();
  }

  /** A path in mountinfo: blanks, tabs, line ends and backslashes are octal (proc(5)). */
  private static String unescape(String escaped) {
    return OCTAL
        .matcher(escaped)
        .replaceAll(m -> Matcher.quoteReplacement("" + (char) Integer.parseInt(m.group(1), 8)));
  }

  /** That of this process. */
  static Optional<Path> own() throws IOException {
    return directory(read("/proc/self/cgroup"), read("/proc/self/mountinfo"));
  }

  private static String read(String file) throws IOException {
    Charset names = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    try (FileInputStream in = new FileInputStream(file)) {
      return new String(in.readAllBytes(), names);
    }
  }

  /**
   * Refuses a directory that is no control group of version 2.
   *
   * @throws IllegalArgumentException naming it
   */
  public static void check(Path directory) {
    if (!directory.resolve("cgroup.controllers").toFile().isFile()) {
      throw new IllegalArgumentException(
          "\"" + directory + "\" is no control group of version 2: it has no cgroup.controllers");
    }
  }

  /** Makes one. */
  static void make(Path directory) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Posix.mkdir(CStrings.allocate(arena, JdkText.path(directory)), 0755)
          .orThrow("mkdir(\"%s\", 0755)", directory);
    }
  }

  /**
   * Removes one with all below it, if no process is there.
   *
   * @return false if there is one
   */
  static boolean remove(Path directory) throws IOException {
    int error = rmdir(directory);
    if (error == Errno.EBUSY && !isPopulated(directory)) {
      // groups that its processes have made
      for (Path below : below(directory)) {
        if (!remove(below)) {
          return false;
        }
      }
      error = rmdir(directory);
    }
    return switch (error) {
      case 0, Errno.ENOENT -> true;
      case Errno.EBUSY -> false;
      default -> throw new SystemCallException("rmdir(\"" + directory + "\")", error);
    };
  }

  private static int rmdir(Path directory) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      CallResult removed = Posix.rmdir(CStrings.allocate(arena, JdkText.path(directory)));
      return removed.failed() ? removed.errno() : 0;
    }
  }

  /** Those right in one. */
  static List<Path> below(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(Files::isDirectory).toList();
    }
  }

  /** Is a process in it, or in one below it? None is in one that is gone. */
  static boolean isPopulated(Path directory) throws IOException {
    try {
      return read(directory + "/cgroup.events").contains("populated 1");
    } catch (IOException e) { // ENOENT, or ENODEV if it went between open and read
      if (Files.exists(directory)) {
        throw e;
      }
      return false;
    }
  }

  /** Kills all that is in it and below it, whoever's it is. One that is gone is no failure. */
  static void kill(Path directory) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Path file = directory.resolve("cgroup.kill");
      CallResult opened =
          Posix.open(
              CStrings.allocate(arena, JdkText.path(file)), Posix.O_WRONLY | Posix.O_CLOEXEC, 0);
      if (opened.failed() && opened.errno() == Errno.ENOENT) {
        return;
      }
      int fd = opened.orThrow("open(\"%s\", O_WRONLY)", file);
      try {
        MemorySegment one = arena.allocate(1);
        one.set(JAVA_BYTE, 0, (byte) '1');
        CallResult written = Posix.write(fd, one, 1);
        if (written.failed() && written.errno() != Errno.ENODEV) { // removed meanwhile
          written.orThrow("write(\"%s\", \"1\")", file);
        }
      } finally {
        Children.close(fd);
      }
    }
  }
}
