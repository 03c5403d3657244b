// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import io.github.noinherit.NoInherit;
import io.github.noinherit.Spawn;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** The same files and sockets, opened through noinherit: never inheritable, not for an instant. */
final class NoInheritHandles implements Handles {
  @Override
  public ServerSocketChannel newListener() throws IOException {
    return NoInherit.openServerSocketChannel();
  }

  @Override
  public SocketChannel accept(ServerSocketChannel listener) throws IOException {
    return Objects.requireNonNull(NoInherit.accept(listener), "the listener blocks");
  }

  @Override
  public FileChannel open(Path path, OpenOption... options) throws IOException {
    return NoInherit.open(path, options);
  }

  @Override
  public long startHelperWith(Closeable handle, int number, List<String> command)
      throws IOException {
    return Spawn.command(command).passAs(number, handle).inheritIO().start().pid();
  }
}
