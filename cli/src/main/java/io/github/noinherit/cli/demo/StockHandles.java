// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;

/** The JDK's own files and sockets, as every Java program opens them. */
final class StockHandles implements Handles {
  @Override
  public ServerSocketChannel newListener() throws IOException {
    return ServerSocketChannel.open();
  }

  @Override
  public SocketChannel accept(ServerSocketChannel listener) throws IOException {
    return listener.accept();
  }

  @Override
  public FileChannel open(Path path, OpenOption... options) throws IOException {
    return FileChannel.open(path, options);
  }

  /** There is nothing to name: the helper gets the handle as it gets all others. */
  @Override
  public long startHelperWith(Closeable handle, int number, List<String> command)
      throws Libc.CallFailed {
    return Libc.posixSpawn(command);
  }
}
