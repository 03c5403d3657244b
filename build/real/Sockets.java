// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Which TCP sockets of this process a child would inherit, by what /proc says: the flags in fdinfo,
 * the states in net/tcp. It goes to standard error: bare and protected differ in that alone.
 */
public final class Sockets {
  private static final int CLOSE_ON_EXEC = 02000000;

  private Sockets() {}

  /** Prints how many sockets with this local port there are, listening and connected. */
  public static void report(int port) throws IOException {
    Map<String, String> states = states(port);
    int listening = 0;
    int connected = 0;
    int inheritable = 0;
    List<Path> numbers;
    try (Stream<Path> list = Files.list(Path.of("/proc/self/fd"))) {
      numbers = list.toList();
    }
    for (Path fd : numbers) {
      String state = states.get(target(fd));
      if (state != null) {
        listening += state.equals("0A") ? 1 : 0;
        connected += state.equals("0A") ? 0 : 1;
        inheritable += isInheritable(fd) ? 1 : 0;
      }
    }
    System.err.println(
        "sockets: %d listening, %d connected, %d of these inheritable"
            .formatted(listening, connected, inheritable));
  }

  private static Map<String, String> states(int port) throws IOException {
    Map<String, String> states = new HashMap<>();
    String hex = ":%04X".formatted(port);
    for (String table : List.of("tcp", "tcp6")) {
      for (String line : Files.readAllLines(Path.of("/proc/self/net/" + table))) {
        String[] words = line.strip().split(" +");
        if (words[1].endsWith(hex) || words[2].endsWith(hex)) {
          states.put("socket:[" + words[9] + "]", words[3]);
        }
      }
    }
    return states;
  }

  private static String target(Path fd) throws IOException {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (NoSuchFileException e) {
      return "closed meanwhile";
    }
  }

  private static boolean isInheritable(Path fd) throws IOException {
    Path info = Path.of("/proc/self/fdinfo", fd.getFileName().toString());
    String flags =
        Files.readAllLines(info).stream()
            .filter(l -> l.startsWith("flags:"))
            .findFirst()
            .orElseThrow()
            .substring(6)
            .strip();
    return (Integer.parseInt(flags, 8) & CLOSE_ON_EXEC) == 0;
  }
}
