// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;

/** How the server opens what it uses: the one difference between the two sides of a scene. */
sealed interface Handles permits StockHandles, NoInheritHandles {
  /** A new listener, not bound. */
  ServerSocketChannel newListener() throws IOException;

  SocketChannel accept(ServerSocketChannel listener) throws IOException;

  FileChannel open(Path path, OpenOption... options) throws IOException;

  /**
   * Starts a helper that is meant to get a handle, and answers its pid.
   *
   * @param number the descriptor that it should find the handle under
   */
  long startHelperWith(Closeable handle, int number, List<String> command)
      throws IOException, Libc.CallFailed;

  /** Listens on a port of the loopback address; port 0 takes any free one. */
  default ServerSocketChannel listen(int port, int backlog) throws IOException {
    ServerSocketChannel listener = newListener();
    try {
      return listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), backlog);
    } catch (IOException e) {
      listener.close();
      throw e;
    }
  }

  static Handles of(Side side) {
    return switch (side) {
      case WITHOUT -> new StockHandles();
      case WITH -> new NoInheritHandles();
    };
  }
}
