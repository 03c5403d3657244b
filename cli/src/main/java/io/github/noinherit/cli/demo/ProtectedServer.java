// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import io.github.noinherit.NoInherit;
import io.github.noinherit.Protection;
import io.github.noinherit.Spawn;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.List;

/** The same server with noinherit: one call when it starts, and not one place where it opens. */
public final class ProtectedServer extends Server {
  private ProtectedServer() {}

  /**
   * Runs the server.
   *
   * @param args none
   */
  public static void main(String[] args) throws IOException {
    Protection protection = NoInherit.byDefault();
    if (!protection.isOn()) {
      throw new IOException(protection.toString());
    }
    new ProtectedServer().run();
  }

  /** What a helper is meant to get is named; it gets nothing else. */
  @Override
  long startHelperWith(ServerSocketChannel listener, int number, List<String> command)
      throws IOException {
    return Spawn.command(command).passAs(number, listener).inheritIO().start().pid();
  }
}
