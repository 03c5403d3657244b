// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a specimen needs around it: a folder, sockets to talk to; all of it closed with it. */
final class Pen implements AutoCloseable {
  private final Deque<AutoCloseable> kept = new ArrayDeque<>();
  private @Nullable Path folder;
  private @Nullable List<Descriptor> elsewhere;

  /** Keeps it open until the specimen is closed; the last kept is closed first. */
  <T extends AutoCloseable> T keep(T closeable) {
    kept.push(closeable);
    return closeable;
  }

  /** Whether it is kept already, and will be closed in its place. */
  boolean keeps(AutoCloseable closeable) {
    return kept.contains(closeable);
  }

  /** A folder that goes with the specimen. */
  Path folder() throws IOException {
    if (folder == null) {
      Path created = Files.createTempDirectory("zoo");
      kept.addLast(() -> delete(created));
      folder = created;
    }
    return folder;
  }

  /** A file of a few bytes in the folder. */
  Path file() throws IOException {
    Path file = folder().resolve("file");
    if (!Files.exists(file)) {
      Files.writeString(file, "zoo\n");
    }
    return file;
  }

  static InetAddress loopback() {
    return InetAddress.getLoopbackAddress();
  }

  static InetSocketAddress anyPort() {
    return new InetSocketAddress(loopback(), 0);
  }

  /** A listener to connect to. */
  ServerSocketChannel listener() throws IOException {
    return keep(ServerSocketChannel.open()).bind(anyPort());
  }

  /** A listener with a connection waiting to be accepted. */
  ServerSocketChannel listenerWithClient() throws IOException {
    ServerSocketChannel listener = listener();
    keep(SocketChannel.open(listener.getLocalAddress()));
    return listener;
  }

  /** A port that was free a moment ago, for what does not close its listener on port 0 again. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, loopback())) {
      return socket.getLocalPort();
    }
  }

  /** Says which descriptors appeared in another process, for a species that lives there. */
  void elsewhere(List<Descriptor> descriptors) {
    elsewhere = descriptors;
  }

  Optional<List<Descriptor>> elsewhere() {
    return Optional.ofNullable(elsewhere);
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    while (!kept.isEmpty()) {
      AutoCloseable next = kept.pop();
      try {
        next.close();
      } catch (Exception e) {
        if (e instanceof InterruptedException) {
          Thread.currentThread().interrupt();
        }
        if (failure == null) {
          failure = new IOException("a specimen could not be closed: " + next);
        }
        failure.addSuppressed(e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Closes on the way out with this failure, to which it adds its own. */
  void closeAfter(Throwable failure) {
    try {
      close();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
