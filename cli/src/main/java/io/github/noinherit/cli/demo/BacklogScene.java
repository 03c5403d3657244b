// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** Clients connect to a server that is not there any more, until the queue is full. */
record BacklogScene() implements Scene {
  private static final int BACKLOG = 1; // Linux lets one more in than it is asked for
  private static final int MOST_CLIENTS = 5;
  private static final Duration CONNECT_PATIENCE = Duration.ofMillis(500);
  private static final Duration READ_PATIENCE = Duration.ofMillis(200);

  @Override
  public String name() {
    return "backlog";
  }

  @Override
  public String title() {
    return "Clients connect to a server that is dead";
  }

  @Override
  public String plot() {
    return "The same again: the server ended, its helper hangs. Nobody restarts the server yet."
        + " Clients come. (The queue for new connections is short here, to fill it soon.)";
  }

  @Override
  public String outcome(Side side) {
    return side.leaks()
        ? "Clients are let in and never served; when the queue is full they hang."
        : "Clients are told at once that nobody is there.";
  }

  @Override
  public void play(Side side, Cast cast, Log log) throws IOException {
    ServerProcess server = cast.startServer();
    int port = server.listen(0, BACKLOG);
    log.tell("server", "process " + server.pid() + " listens on port " + port);
    Common.startHangingHelper(server, log);
    server.end();
    log.tell("server", "ends");
    if (side.leaks()) {
      playQueue(port, cast, log);
    } else {
      Client client = cast.connect(port, CONNECT_PATIENCE);
      log.see(
          "client 1",
          "connects to port " + port + ": " + say(client),
          client.state() == Client.State.REFUSED,
          "Connection refused");
      boolean free = Kernel.listener(port).isEmpty();
      log.see(
          "kernel",
          (free ? "nobody" : "somebody") + " listens on port " + port,
          free,
          "nobody listens");
    }
  }

  private void playQueue(int port, Cast cast, Log log) throws IOException {
    int number = 1;
    Client client = cast.connect(port, CONNECT_PATIENCE);
    while (client.state() == Client.State.CONNECTED && number < MOST_CLIENTS) {
      Client.Heard heard = client.listen(READ_PATIENCE);
      log.see(
          "client " + number,
          "is connected, waits " + READ_PATIENCE.toMillis() + " ms: " + say(heard),
          heard instanceof Client.Heard.Silence,
          "silence");
      number++;
      client = cast.connect(port, CONNECT_PATIENCE);
    }
    log.see("clients", number - 1 + " were let in", number > 1, "at least one is let in");
    Optional<TcpSocket> queue = Kernel.listener(port);
    log.see(
        "kernel",
        queue
            .map(
                s ->
                    "port " + port + ": " + s.state() + ", " + s.waiting() + " wait to be accepted")
            .orElse("nobody listens on port " + port),
        queue.isPresent() && queue.get().waiting() == number - 1,
        "all of them wait in the queue");
    log.see(
        "client " + number,
        "connects, waits " + CONNECT_PATIENCE.toMillis() + " ms: " + say(client),
        client.state() == Client.State.STILL_WAITING,
        "still no answer");
    Optional<TcpSocket> waiting = Kernel.connection(client.localPort(), port);
    log.see(
        "kernel",
        "its socket: " + waiting.map(TcpSocket::state).orElse("gone") + " (asked, not answered)",
        waiting.map(s -> s.state().equals("SYN_SENT")).orElse(false),
        "SYN_SENT");
  }

  private static String say(Client client) {
    return switch (client.state()) {
      case CONNECTED -> "connected";
      case REFUSED -> "Connection refused";
      case STILL_WAITING -> "still no answer";
    };
  }

  private static String say(Client.Heard heard) {
    return switch (heard) {
      case Client.Heard.Text(String text) -> "\"" + text + "\"";
      case Client.Heard.End() -> "the connection was closed";
      case Client.Heard.Silence() -> "no word";
    };
  }
}
