// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The helper hangs, the server ends, and its port stays taken. */
record RestartScene() implements Scene {
  private static final int BACKLOG = 50;

  @Override
  public String name() {
    return "restart";
  }

  @Override
  public String title() {
    return "The server cannot be restarted";
  }

  @Override
  public String plot() {
    return "A server listens on a port and starts a helper. The helper hangs. The server ends, and"
        + " somebody starts it again.";
  }

  @Override
  public String outcome(Side side) {
    return side.leaks()
        ? "The port is taken until the helper ends."
        : "The port is free as soon as the server ends.";
  }

  @Override
  public void play(Side side, Cast cast, Log log) throws IOException {
    ServerProcess server = cast.startServer();
    int port = server.listen(0, BACKLOG);
    TcpSocket listener = Common.listener(port);
    log.tell("server", "process " + server.pid() + " listens on port " + port);
    Helper helper = Common.startHangingHelper(server, log);
    List<OpenHandle> table = helper.table();
    Tables.see(
        side, "the helper", table, Tables.find(table, listener), "the listening socket", log);

    server.end();
    log.tell("server", "ends");
    Optional<TcpSocket> left = Kernel.listener(port);
    log.see(
        "kernel",
        left.map(
                s ->
                    "port "
                        + port
                        + " is still listened on: state "
                        + s.state()
                        + ", socket "
                        + s.inode())
            .orElse("nobody listens on port " + port),
        left.isPresent() == side.leaks(),
        side.leaks() ? "the port is still listened on" : "nobody listens any more");

    ServerProcess second = cast.startServer();
    ServerProcess.Answer restarted = second.tryToListen(port, BACKLOG);
    log.see(
        "new server",
        "process "
            + second.pid()
            + (restarted.ok() ? " listens on port " + port : ": " + restarted.value()),
        side.leaks() ? restarted.value().equals("Address already in use") : restarted.ok(),
        side.leaks() ? "Address already in use" : "the new server listens");
  }
}
