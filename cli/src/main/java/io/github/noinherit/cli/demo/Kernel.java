// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What the kernel says, read at the moment it is asked. Linux's {@code /proc} only. */
final class Kernel {
  private Kernel() {}

  /** The descriptors of a process, by number. One that is closed meanwhile is left out. */
  static List<OpenHandle> table(long pid) throws IOException {
    Path directory = Path.of("/proc/" + pid + "/fd");
    List<OpenHandle> table = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        String target;
        try {
          target = Files.readSymbolicLink(entry).toString();
        } catch (NoSuchFileException closedMeanwhile) {
          continue;
        }
        if (!target.equals(directory.toString())) { // the one that this very look opened
          table.add(new OpenHandle(Integer.parseInt(entry.getFileName().toString()), target));
        }
      }
    }
    table.sort(Comparator.comparingInt(OpenHandle::number));
    return table;
  }

  /** The program of a process and its arguments. */
  static List<String> commandLine(long pid) throws IOException {
    String line = Files.readString(Path.of("/proc/" + pid + "/cmdline"));
    return List.of(line.substring(0, line.length() - 1).split("\0", -1));
  }

  /** What a process reads its input from. */
  static OpenHandle standardInput(long pid) throws IOException {
    return new OpenHandle(0, Files.readSymbolicLink(Path.of("/proc/" + pid + "/fd/0")).toString());
  }

  /** The socket that listens on a TCP port, if there is one. */
  static Optional<TcpSocket> listener(int port) throws IOException {
    return tcp().stream().filter(s -> s.isListener() && s.localPort() == port).findFirst();
  }

  /** One end of a connection, if the kernel still knows it. */
  static Optional<TcpSocket> connection(int localPort, int remotePort) throws IOException {
    return tcp().stream()
        .filter(s -> s.localPort() == localPort && s.remotePort() == remotePort)
        .findFirst();
  }

  /** All TCP sockets of this network namespace; Java's are IPv6 sockets on most machines. */
  static List<TcpSocket> tcp() throws IOException {
    List<TcpSocket> sockets = new ArrayList<>();
    for (Path table : List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"))) {
      if (Files.exists(table)) { // no tcp6 where IPv6 is switched off
        Files.readAllLines(table).forEach(line -> TcpSocket.parse(line).ifPresent(sockets::add));
      }
    }
    return sockets;
  }

  /** The numbers of all Unix-domain sockets of this network namespace. */
  static Set<Long> unixSockets() throws IOException {
    return Files.readAllLines(Path.of("/proc/net/unix")).stream()
        .skip(1) // the heading
        .map(line -> Long.valueOf(line.strip().split("\\s+", -1)[6]))
        .collect(Collectors.toSet());
  }

  /** The state of a process by its letter: S sleeps, R runs, Z has ended; X if it is gone. */
  static char state(long pid) throws IOException {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2); // the name before it may hold anything
    } catch (NoSuchFileException gone) {
      return 'X';
    }
  }

  /** The bytes behind a descriptor of another process, also of a file that has no name any more. */
  static long size(long pid, int descriptor) throws IOException {
    return Files.size(Path.of("/proc/" + pid + "/fd/" + descriptor));
  }

  /** Bytes free in the file system of a path, as {@code df} says it. */
  static long freeSpace(Path path) throws IOException {
    return Files.getFileStore(path).getUsableSpace();
  }
}
