// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.util.List;

/** A helper that should get one socket gets it, and nothing else. */
record HandOverScene() implements Scene {
  private static final int BACKLOG = 50;
  private static final String NUMBER_FOR_HELPER = "7";

  @Override
  public String name() {
    return "hand-over";
  }

  @Override
  public String title() {
    return "A helper that should get one socket";
  }

  @Override
  public String plot() {
    return "This helper is meant to answer the clients, so it needs the listening socket. The"
        + " secret file is none of its business. With noinherit, the server starts it by Spawn and"
        + " names what it gets.";
  }

  @Override
  public String outcome(Side side) {
    return side.leaks()
        ? "To hand over one socket, the server handed over everything."
        : "The helper has the socket it was given, and nothing else of the server's.";
  }

  @Override
  public void play(Side side, Cast cast, Log log) throws IOException {
    Secret secret = Secret.in(cast.folder());
    ServerProcess server = cast.startServer();
    server.ask("open", secret.file().toString());
    int port = server.listen(0, BACKLOG);
    log.tell("server", "process " + server.pid() + " opens secret.key, listens on port " + port);
    Helper helper =
        server.startHelperWithListener(
            NUMBER_FOR_HELPER, Cast.javaCommand(Intruder.class, secret.file().toString()));
    log.tell("server", "starts a helper, process " + helper.pid() + ", to answer clients");
    IntruderReport reported = IntruderReport.by(server);
    List<OpenHandle> table = helper.table();
    Tables.see(
        side, "the helper", table, Tables.find(table, secret.file().toString()), "the secret", log);
    log.see(
        "helper",
        reported.tellRead(),
        side.leaks() ? reported.hasRead(secret.word()) : reported.read().isEmpty(),
        side.leaks() ? "reads " + secret.word() : "has no file to read");
    log.see(
        "helper",
        reported.tellListens(),
        side.leaks()
            ? reported.listens().isPresent()
            : reported.listens().orElse("").equals(NUMBER_FOR_HELPER),
        side.leaks() ? "finds the socket" : "finds the socket as number " + NUMBER_FOR_HELPER);
    Client client = cast.connect(port, Wait.PATIENCE);
    log.tell("client", "connects to port " + port);
    boolean answered =
        client.listen(Wait.PATIENCE) instanceof Client.Heard.Text(String text)
            && text.equals("hello from process " + helper.pid());
    log.see(
        "client",
        answered ? "is answered by process " + helper.pid() : "is not answered by the helper",
        answered,
        "the helper answers");
  }
}
