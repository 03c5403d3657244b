// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.handle.Taken;
import io.github.noinherit.internal.linux.TcpTable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A TCP socket that listens, and the processes that hold it (Linux). For taking over a port without
 * a moment in which nobody listens.
 *
 * {@snippet :
 * ServerSocketChannel listener = ListeningPort.find(8080, null).take();
 * }
 *
 * <p>Sources: proc_pid_fd(5), pidfd_getfd(2), the kernel's proc_net_tcp.rst.
 *
 * @param address where it listens
 * @param inode the socket's number
 * @param holders who holds it, as far as could be seen
 * @param unseen how many processes could not be looked into
 */
public record ListeningPort(
    InetSocketAddress address, long inode, List<Holder> holders, int unseen) {
  /** Keeps an immutable copy. */
  public ListeningPort {
    holders = List.copyOf(holders);
  }

  /** A descriptor of a process. */
  public record Holder(long pid, int number) {}

  /**
   * Finds the one socket that listens on a port, in the network namespace of this process.
   *
   * @param port from 1 to 65535
   * @param address on which it listens; null for whatever it is
   * @throws IOException if there is none, or more than one: several addresses, of which one is to
   *     be named, or a port that is shared by SO_REUSEPORT, of which one socket gets a part of the
   *     clients only
   * @throws UnsupportedOperationException if this is not Linux
   */
  public static ListeningPort find(int port, @Nullable InetAddress address) throws IOException {
    Platform.requireLinux();
    List<TcpTable.Row> rows =
        TcpTable.read().stream()
            .filter(TcpTable.Row::isListener)
            .filter(r -> r.local().getPort() == port)
            .filter(r -> address == null || r.local().getAddress().equals(address))
            .toList();
    String words = (address == null ? "" : address.getHostAddress() + ":") + port;
    if (rows.isEmpty()) {
      throw new IOException("nobody listens on " + words + " in this network namespace");
    }
    if (rows.size() > 1) {
      throw new IOException(
          rows.size()
              + " sockets listen on "
              + words
              + ": "
              + rows.stream().map(r -> words(r.local())).collect(Collectors.joining(", "))
              + (rows.stream().map(TcpTable.Row::local).distinct().count() == rows.size()
                  ? "; name one by its address"
                  : "; some share it by SO_REUSEPORT, and one of these gets a part of the clients"
                      + " only"));
    }
    TcpTable.Row row = rows.getFirst();
    return held(row.local(), row.inode());
  }

  private static String words(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  private static ListeningPort held(InetSocketAddress address, long inode) throws IOException {
    List<Holder> holders = new ArrayList<>();
    int unseen = 0;
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      for (Path process : processes) {
        try {
          addHolders(holders, process, "socket:[" + inode + "]");
        } catch (AccessDeniedException e) {
          unseen++;
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return new ListeningPort(address, inode, holders, unseen);
  }

  private static void addHolders(List<Holder> holders, Path process, String socket)
      throws IOException {
    try (DirectoryStream<Path> table = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path entry : table) {
        if (socket.equals(target(entry))) {
          holders.add(
              new Holder(
                  Long.parseLong(process.getFileName().toString()),
                  Integer.parseInt(entry.getFileName().toString())));
        }
      }
    } catch (NoSuchFileException e) {
      return; // it has ended
    } catch (DirectoryIteratorException e) {
      if (Files.exists(process)) {
        throw e.getCause();
      }
    }
  }

  /** What a descriptor names; null if it was closed meanwhile, which says nothing of the next. */
  private static @Nullable String target(Path entry) throws IOException {
    try {
      return Files.readSymbolicLink(entry).toString();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /**
   * Takes a copy of the listener from one of its holders. Those keep theirs and go on accepting; a
   * client that waits in the backlog is nobody's yet, and comes to whoever accepts first. The
   * listener is one open file description for all: its blocking mode too.
   *
   * @return a channel in blocking mode, owned by the caller, not inheritable
   * @throws IOException if none of the holders is there any more, or none may be copied from; the
   *     message has what would help
   */
  public ServerSocketChannel take() throws IOException {
    IOException failure =
        new IOException(
            "the listener of "
                + words(address)
                + " cannot be taken: "
                + (holders.isEmpty()
                    ? "no process was found that holds it"
                    : "none of its holders can be copied from")
                + (unseen > 0
                    ? "; " + unseen + " processes could not be looked into: root can"
                    : ""));
    for (Holder holder : holders) {
      try {
        return Taken.listener((int) holder.pid(), holder.number(), inode);
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
    throw failure.getSuppressed().length == 0
        ? failure
        : new IOException(
            failure.getMessage() + ": " + failure.getSuppressed()[0].getMessage(), failure);
  }
}
