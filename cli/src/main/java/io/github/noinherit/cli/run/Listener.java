// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.run;

import io.github.noinherit.NoInherit;
import io.github.noinherit.inspect.ListeningPort;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * A socket that listens for the child, in blocking mode and not inheritable here. A Unix socket's
 * file is removed by {@link #remove}, if it still is the one that was made.
 */
final class Listener {
  /** The kernel takes no more than net.core.somaxconn, 4096 since Linux 5.4 (listen(2)). */
  private static final int BACKLOG = 4096;

  private final String name;
  private final ServerSocketChannel channel;
  private final @Nullable Path path;
  private final @Nullable Object file;

  private Listener(
      String name, ServerSocketChannel channel, @Nullable Path path, @Nullable Object file) {
    this.name = name;
    this.channel = channel;
    this.path = path;
    this.file = file;
  }

  /**
   * Binds the socket, or takes it.
   *
   * @throws IOException saying which address, and why not
   */
  static Listener open(Named wanted) throws IOException {
    return switch (wanted) {
      case Named.Port p -> {
        String words = "cannot listen on " + (p.host().isEmpty() ? "*" : p.host()) + ":" + p.port();
        yield new Listener(p.name(), bind(words, p), null, null);
      }
      case Named.Socket s -> {
        String words = "cannot listen on unix:" + s.path();
        if (Files.exists(s.path(), LinkOption.NOFOLLOW_LINKS)) {
          throw new IOException(
              words
                  + ": the file is there already. If no program listens on it any more, remove it");
        }
        ServerSocketChannel channel =
            bind(words, StandardProtocolFamily.UNIX, UnixDomainSocketAddress.of(s.path()));
        Path path = s.path().toAbsolutePath();
        yield new Listener(s.name(), channel, path, key(path));
      }
      case Named.Taken t -> {
        InetAddress address = t.host().isEmpty() ? null : InetAddress.getByName(t.host());
        yield new Listener(t.name(), ListeningPort.find(t.port(), address).take(), null, null);
      }
      case Named.Descriptor d -> throw new IllegalArgumentException(d.toString());
    };
  }

  /** Every address is :: where there is IPv6, and 0.0.0.0 where it was turned off. */
  private static ServerSocketChannel bind(String words, Named.Port p) throws IOException {
    if (!p.host().isEmpty()) {
      InetAddress address = InetAddress.getByName(p.host());
      return bind(words, p.family(), new InetSocketAddress(address, p.port()));
    }
    return hasIpv6()
        ? bind(words, p.family(), new InetSocketAddress("::", p.port()))
        : bind(words, StandardProtocolFamily.INET, new InetSocketAddress("0.0.0.0", p.port()));
  }

  private static boolean hasIpv6() throws IOException {
    Path addresses = Path.of("/proc/net/if_inet6");
    return Files.exists(addresses)
        && !Files.readString(addresses).isBlank()
        && !Boolean.getBoolean("java.net.preferIPv4Stack");
  }

  private static ServerSocketChannel bind(
      String words, StandardProtocolFamily family, SocketAddress address) throws IOException {
    ServerSocketChannel channel = NoInherit.openServerSocketChannel(family);
    try {
      return channel.bind(address, BACKLOG);
    } catch (IOException | RuntimeException e) {
      channel.close();
      String remedy =
          e instanceof BindException && String.valueOf(e.getMessage()).contains("in use")
              ? " (ss -ltnp tells who has it)"
              : "";
      throw new IOException(words + ": " + e.getMessage() + remedy, e);
    }
  }

  private static @Nullable Object key(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  String name() {
    return name;
  }

  ServerSocketChannel channel() {
    return channel;
  }

  /** Closes our copy: the child's goes on. */
  void close() throws IOException {
    channel.close();
  }

  /** Removes the socket's file, if there is one and it is ours. */
  void remove() throws IOException {
    if (path != null) {
      try {
        if (file != null && file.equals(key(path))) {
          Files.delete(path);
        }
      } catch (NoSuchFileException gone) {
        return; // what was wanted
      }
    }
  }
}
