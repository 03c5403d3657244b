// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Words for a descriptor table: a few lines, and nothing left out. */
final class Tables {
  /** How wide the numbers are, so that what they stand for is one below the other. */
  private static final int NUMBERS_WIDTH = 8;

  private Tables() {}

  /** The descriptor under which a table holds a socket. */
  static Optional<OpenHandle> find(List<OpenHandle> table, TcpSocket socket) {
    return table.stream().filter(handle -> handle.isSocket(socket.inode())).findFirst();
  }

  /** The descriptor under which a table holds a file. */
  static Optional<OpenHandle> find(List<OpenHandle> table, String path) {
    return table.stream().filter(handle -> handle.target().equals(path)).findFirst();
  }

  /**
   * Writes down the table of a process, and whether a copy of something of the server is in it.
   *
   * @param who whose table it is
   * @param table what the kernel says of it
   * @param copy the copy, if it is there
   * @param what what it is a copy of
   */
  static void see(
      Side side,
      String who,
      List<OpenHandle> table,
      Optional<OpenHandle> copy,
      String what,
      Log log)
      throws IOException {
    String expected = who + (side.leaks() ? " has " : " has not got ") + what;
    log.tell("kernel", "open in " + who + ":");
    String standard = numbers(table, OpenHandle::isStandard);
    if (!standard.isEmpty()) {
      log.tell("kernel", row(standard, "standard streams"));
    }
    List<TcpSocket> tcp = Kernel.tcp();
    Set<Long> unix = Kernel.unixSockets();
    for (OpenHandle handle : table) {
      String row = row(Integer.toString(handle.number()), name(handle, tcp, unix));
      if (copy.isPresent() && copy.get().equals(handle)) {
        log.see("kernel", row + "  <- " + what, side.leaks(), expected);
      } else if (!handle.isStandard() && !handle.isOfJavaRuntime()) {
        log.tell("kernel", row);
      }
    }
    String javasOwn = numbers(table, OpenHandle::isOfJavaRuntime);
    if (!javasOwn.isEmpty()) {
      log.tell("kernel", "  and Java's own files: " + javasOwn);
    }
    if (copy.isEmpty()) {
      log.see("kernel", "but not " + what, !side.leaks(), expected);
    }
  }

  private static String name(OpenHandle handle, List<TcpSocket> tcp, Set<Long> unix) {
    Optional<String> tcpName =
        tcp.stream()
            .filter(socket -> handle.isSocket(socket.inode()))
            .map(socket -> "TCP port " + socket.localPort() + ", " + socket.state())
            .findFirst();
    if (tcpName.isPresent()) {
      return tcpName.get();
    }
    boolean isUnix = handle.isSocket() && unix.stream().anyMatch(handle::isSocket);
    return isUnix ? "a Unix socket, Java's own" : handle.target();
  }

  private static String numbers(List<OpenHandle> table, Predicate<OpenHandle> which) {
    return table.stream()
        .filter(which)
        .map(handle -> Integer.toString(handle.number()))
        .collect(Collectors.joining(" "));
  }

  private static String row(String numbers, String name) {
    return "  " + numbers + " ".repeat(Math.max(1, NUMBERS_WIDTH - numbers.length())) + name;
  }
}
