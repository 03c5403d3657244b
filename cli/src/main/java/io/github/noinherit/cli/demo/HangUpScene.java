// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** The server closes a connection, and its client never learns of it. */
record HangUpScene() implements Scene {
  private static final int BACKLOG = 50;
  private static final Duration READ_PATIENCE = Duration.ofMillis(500);

  @Override
  public String name() {
    return "hang-up";
  }

  @Override
  public String title() {
    return "A closed connection stays open";
  }

  @Override
  public String plot() {
    return "A client is connected when the server starts its helper. Then the server answers and"
        + " hangs up. The client reads until the end, as clients do.";
  }

  @Override
  public String outcome(Side side) {
    return side.leaks()
        ? "The client waits for an end that does not come."
        : "The client sees the end at once.";
  }

  @Override
  public void play(Side side, Cast cast, Log log) throws IOException {
    ServerProcess server = cast.startServer();
    int port = server.listen(0, BACKLOG);
    Client client = cast.connect(port, Wait.PATIENCE);
    server.ask("accept");
    log.tell("server", "process " + server.pid() + " accepts a client on port " + port);
    TcpSocket connection =
        Kernel.connection(port, client.localPort())
            .orElseThrow(() -> new IOException("the kernel does not know the connection"));
    Helper helper = Common.startHangingHelper(server, log);
    List<OpenHandle> table = helper.table();
    Tables.see(side, "the helper", table, Tables.find(table, connection), "the connection", log);

    server.ask("say", "good bye");
    server.ask("hang-up");
    log.tell("server", "says \"good bye\" and closes the connection");
    Client.Heard word = client.listen(Wait.PATIENCE);
    log.see(
        "client",
        "hears " + say(word),
        word.equals(new Client.Heard.Text("good bye")),
        "\"good bye\"");
    Client.Heard end = client.listen(READ_PATIENCE);
    log.see(
        "client",
        "reads on, " + READ_PATIENCE.toMillis() + " ms at most: " + say(end),
        side.leaks() ? end instanceof Client.Heard.Silence : end instanceof Client.Heard.End,
        side.leaks() ? "nothing" : "the end of the connection");
    seeState(port, client.localPort(), side.leaks() ? "ESTABLISHED" : "FIN_WAIT2", log);
  }

  /** The server's end of the connection; FIN_WAIT2 is a closed one that waits for the client. */
  private static void seeState(int port, int clientPort, String expected, Log log)
      throws IOException {
    String[] state = {""};
    boolean seen =
        Wait.until(
            READ_PATIENCE,
            () -> {
              state[0] = Kernel.connection(port, clientPort).map(TcpSocket::state).orElse("gone");
              return state[0].equals(expected);
            });
    log.see("kernel", "the server's end of the connection: state " + state[0], seen, expected);
  }

  private static String say(Client.Heard heard) {
    return switch (heard) {
      case Client.Heard.Text(String text) -> "\"" + text + "\"";
      case Client.Heard.End() -> "the end of the connection";
      case Client.Heard.Silence() -> "nothing, and no end";
    };
  }
}
