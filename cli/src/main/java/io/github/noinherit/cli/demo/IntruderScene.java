// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.util.List;

/** A helper reads the server's secrets, and answers its clients. */
record IntruderScene() implements Scene {
  private static final int BACKLOG = 50;

  @Override
  public String name() {
    return "intruder";
  }

  @Override
  public String title() {
    return "The helper reads secrets and speaks for the server";
  }

  @Override
  public String plot() {
    return "The server has a secret file open and listens for clients. It starts a helper that has"
        + " nothing to do with either, and that is curious: it looks at what it was given.";
  }

  @Override
  public String outcome(Side side) {
    return side.leaks()
        ? "The helper has the secret, and a client talks to the helper."
        : "The helper finds nothing, and the client talks to the server.";
  }

  @Override
  public void play(Side side, Cast cast, Log log) throws IOException {
    Secret secret = Secret.in(cast.folder());
    ServerProcess server = cast.startServer();
    server.ask("open", secret.file().toString());
    int port = server.listen(0, BACKLOG);
    log.tell("server", "process " + server.pid() + " opens secret.key, listens on port " + port);
    Helper helper = server.startHelper(Cast.javaCommand(Intruder.class, secret.file().toString()));
    TcpSocket listener = Common.listener(port);
    log.tell("server", "starts a helper, process " + helper.pid());
    IntruderReport reported = IntruderReport.by(server);
    List<OpenHandle> table = helper.table();
    Tables.see(
        side, "the helper", table, Tables.find(table, listener), "the listening socket", log);
    seeHelper(side, reported, secret.word(), log);
    if (log.isAsExpected()) { // else it is not known who will answer
      playClient(side, cast, server, helper, port, log);
    }
  }

  private static void seeHelper(Side side, IntruderReport reported, String secret, Log log) {
    reported
        .byName()
        .ifPresent(
            answer ->
                log.see(
                    "helper",
                    "opens secret.key by its name, as user nobody: " + answer,
                    answer.equals("Permission denied"),
                    "Permission denied"));
    log.see(
        "helper",
        reported.tellRead(),
        side.leaks() ? reported.hasRead(secret) : reported.read().isEmpty(),
        side.leaks() ? "reads " + secret : "has no file to read");
    log.see(
        "helper",
        reported.tellListens(),
        reported.listens().isPresent() == side.leaks(),
        side.leaks() ? "finds the server's socket" : "finds no such socket");
  }

  private void playClient(
      Side side, Cast cast, ServerProcess server, Helper helper, int port, Log log)
      throws IOException {
    Client client = cast.connect(port, Wait.PATIENCE);
    log.tell("client", "connects to the server's port " + port);
    if (!side.leaks()) {
      server.ask("accept");
      server.ask("say", "hello from process " + server.pid());
    }
    Client.Heard heard = client.listen(Wait.PATIENCE);
    long speaker = side.leaks() ? helper.pid() : server.pid();
    String words = heard instanceof Client.Heard.Text(String text) ? text : "nothing";
    log.see(
        "client",
        "is answered \"" + words + "\"" + (side.leaks() ? " (the helper)" : " (the server)"),
        words.equals("hello from process " + speaker),
        "hello from process " + speaker);
  }
}
