// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A program that knows nothing of noinherit, started by java and by {@code noinherit java}. */
record UnchangedScene() implements Scene {
  private static final int BACKLOG = 50;
  private static final List<String> WORDS = List.of("pear", "apple", "fig");
  private static final String SORTED = "apple fig pear";

  /** Without noinherit all of it passes; with it the end comes as soon as {@code sort} is done. */
  private static final Duration SHORT_PATIENCE = Duration.ofMillis(500);

  @Override
  public String name() {
    return "unchanged";
  }

  @Override
  public String title() {
    return "A program that nobody has changed";
  }

  @Override
  public String plot() {
    return "This server knows nothing of noinherit. It lets the program sort work for it, by"
        + " ProcessBuilder, starts its helper, gives sort its text, closes the pipe and waits."
        + " Only the command line is another the second time.";
  }

  @Override
  public String outcome(Side side) {
    return side.leaks()
        ? "The helper holds the pipe open, so sort waits for more text and the server for sort."
        : "Not a line was changed, and the helper has nothing of the server's.";
  }

  @Override
  public void play(Side side, Cast cast, Log log) throws IOException {
    Secret secret = Secret.in(cast.folder());
    ServerProcess server = cast.startUnchangedServer();
    log.tell("you type", (side.leaks() ? "java" : "noinherit java") + " -cp … Server");
    if (!side.leaks()) {
      log.tell("you type", "(java -javaagent:noinherit.jar --enable-native-access=ALL-UNNAMED)");
    }
    server.ask("open", secret.file().toString());
    int port = server.listen(0, BACKLOG);
    log.tell("server", "process " + server.pid() + " opens secret.key, listens on port " + port);
    long sort = Long.parseLong(server.ask("sorter", ServerProcess.program("sort")));
    OpenHandle read = Kernel.standardInput(sort);
    log.tell("server", "starts sort, process " + sort + ", which reads from " + read.target());
    Helper helper = Common.startHangingHelper(server, log);
    List<OpenHandle> table = helper.table();
    Optional<OpenHandle> copy = Tables.find(table, read.target());
    Tables.see(side, "the helper", table, copy, "the pipe to sort", log);
    List<OpenHandle> got = table.stream().filter(handle -> !handle.isStandard()).toList();
    log.see(
        "kernel",
        "of the server's handles, the helper has " + (got.isEmpty() ? "none" : got.size()),
        got.isEmpty() == !side.leaks(),
        side.leaks() ? "some" : "none");
    if (log.isAsExpected()) { // else it is not known how long sort takes
      playSort(side, server, log);
    }
  }

  private static void playSort(Side side, ServerProcess server, Log log) throws IOException {
    server.ask("sort", WORDS.toArray(String[]::new));
    log.tell("server", "writes \"" + String.join(" ", WORDS) + "\" and closes the pipe");
    Duration patience = side.leaks() ? SHORT_PATIENCE : Wait.PATIENCE.dividedBy(2);
    String sorted = server.ask("sorted", Long.toString(patience.toMillis()));
    log.see(
        "server",
        sorted.isEmpty()
            ? "has waited " + patience.toMillis() + " ms for sort, which does not end"
            : "gets \"" + sorted + "\"",
        sorted.equals(side.leaks() ? "" : SORTED),
        side.leaks() ? "nothing" : SORTED);
  }
}
