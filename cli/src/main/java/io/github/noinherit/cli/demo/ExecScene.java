// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.util.List;

/** The server restarts itself in place, and stumbles over its own old socket. */
record ExecScene() implements Scene {
  private static final int BACKLOG = 50;

  @Override
  public String name() {
    return "exec";
  }

  @Override
  public String title() {
    return "The server stands in its own way";
  }

  @Override
  public String plot() {
    return "The server updates itself: by the system call exec it puts the new version in its own"
        + " place, under the same process number. The new version wants the port.";
  }

  @Override
  public String outcome(Side side) {
    return side.leaks()
        ? "The new version cannot listen: the old version's socket is still open in it."
        : "The new version starts clean and listens.";
  }

  @Override
  public void play(Side side, Cast cast, Log log) throws IOException {
    ServerProcess server = cast.startServer();
    int port = server.listen(0, BACKLOG);
    TcpSocket listener = Common.listener(port);
    log.tell("server", "process " + server.pid() + " listens on port " + port);
    server.execItself();
    log.tell("server", "replaces itself; it is still process " + server.pid());

    List<OpenHandle> table = server.table();
    Tables.see(
        side, "the server", table, Tables.find(table, listener), "the old listening socket", log);
    ServerProcess.Answer again = server.tryToListen(port, BACKLOG);
    log.see(
        "server",
        again.ok()
            ? "the new version listens on port " + port
            : "the new version: " + again.value(),
        side.leaks() ? again.value().equals("Address already in use") : again.ok(),
        side.leaks() ? "Address already in use" : "it listens");
  }
}
