// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.run;

import io.github.noinherit.cli.ExitStatus;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.IntConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code noinherit run}. */
@Command(
    name = "run",
    header = "Runs a program with exactly the sockets and files named.",
    customSynopsis = "noinherit run [OPTIONS] [--] COMMAND [ARGS…]",
    description = {
      "",
      "The program gets its three standard streams, what is named here, and nothing else, whatever"
          + " else is open. Sockets are bound here and given by systemd's protocol"
          + " (sd_listen_fds(3)): as descriptors from 3 up, in this order, with LISTEN_FDS,"
          + " LISTEN_FDNAMES and LISTEN_PID. So every server that can be socket-activated can be"
          + " run, without systemd.",
      "",
      "SIGTERM, SIGINT, SIGHUP and SIGUSR1 are sent on to the program. (Not SIGINT while in the"
          + " foreground of a terminal: there Ctrl-C reaches the program by itself. SIGQUIT and"
          + " SIGUSR2 are the JVM's own.)",
      "",
    },
    optionListHeading = "Options, which end at the first word that is none:%n",
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "*:the program's own, 128 + n if signal n ended it",
      "125:noinherit failed, or an option was not understood",
      "126:the program cannot be run",
      "127:there is no such program",
    },
    footer = {
      "",
      "With --accept it is 128 + n when signal n ends it.",
      "",
      "Examples:",
      "  noinherit run --listen http=127.0.0.1:8080 -- gunicorn app:app",
      "  noinherit run --listen unix:/run/x.sock --restart -- ./server",
      "  noinherit run --listen :7 --accept cat       an echo server",
      "  noinherit run --take 8080 -- ./new-server    in place of the old one",
      "  noinherit run --pass log=3 -- worker 3>>log",
    })
public final class RunCommand implements Callable<Integer> {
  @Option(
      names = "--listen",
      paramLabel = "[NAME=]ADDRESS",
      description =
          "A socket to listen on: ADDR:PORT, such as 127.0.0.1:8080, [::1]:8080, or :8080 for every"
              + " address; or unix:/path, which is removed at the end. Without NAME it is called"
              + " after its port or file. May be given several times.")
  private List<String> listen = new ArrayList<>();

  @Option(
      names = "--take",
      paramLabel = "[NAME=]PORT",
      description =
          "The live listener of a TCP port, whoever holds it: a copy is taken, and the holder keeps"
              + " its own, so no client is refused or lost, not even one that waits. Both accept"
              + " until the old server ends. PORT, or ADDR:PORT. May be given several times.")
  private List<String> take = new ArrayList<>();

  @Option(
      names = "--pass",
      paramLabel = "NAME=FD",
      description =
          "An open descriptor of this command. The program finds its number under NAME in"
              + " NOINHERIT_HANDLES. May be given several times.")
  private List<String> pass = new ArrayList<>();

  @Option(
      names = "--accept",
      description =
          "Run the program once for each connection, inetd style: the connection is its standard"
              + " input and output. REMOTE_ADDR and REMOTE_PORT say who the client is; LISTEN_FDS"
              + " is not set. At most 64 run at a time, further clients wait.")
  private boolean accept;

  @Option(
      names = "--restart",
      description =
          "Run the program again when it ends, after a pause of 0.1 to 10 s, and at once on SIGHUP"
              + " or SIGUSR1 (it gets SIGTERM, and SIGKILL 10 s later). The sockets stay open:"
              + " meanwhile clients wait, and none is refused.")
  private boolean restart;

  @Option(
      names = "--kill-with-parent",
      description = "The program ends when this command does, even by SIGKILL.")
  private boolean killWithParent;

  @Parameters(
      paramLabel = "COMMAND",
      arity = "0..*",
      description = "The program and its arguments.")
  private List<String> command = new ArrayList<>();

  private CommandSpec spec = CommandSpec.create();

  /** What belongs to the program is not looked at. */
  @Spec
  void setSpec(CommandSpec own) {
    spec = own;
    own.parser().stopAtPositional(true);
  }

  @Override
  public Integer call() throws InterruptedException {
    List<Named> sockets = new ArrayList<>();
    List<Named.Descriptor> descriptors = new ArrayList<>();
    try {
      listen.forEach(value -> sockets.add(Named.listen(value)));
      take.forEach(value -> sockets.add(Named.take(value)));
      pass.forEach(value -> descriptors.add(Named.pass(value)));
      check(sockets.size());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    Program program = new Program(command, descriptors, killWithParent);
    List<Listener> listeners = new ArrayList<>();
    int status;
    try {
      for (Named socket : sockets) {
        listeners.add(Listener.open(socket));
      }
      status = run(program, listeners);
    } catch (IOException e) {
      say(String.valueOf(e.getMessage()));
      status = Program.status(e);
    } catch (IllegalArgumentException | UnsupportedOperationException e) {
      say(String.valueOf(e.getMessage()));
      status = ExitStatus.FAILED;
    }
    return remove(listeners) ? status : ExitStatus.FAILED;
  }

  private void check(int sockets) {
    if (command.isEmpty()) {
      throw new IllegalArgumentException("Which program? noinherit run [OPTIONS] -- COMMAND");
    }
    if (accept && sockets == 0) {
      throw new IllegalArgumentException(
          "--accept needs a socket to accept on: --listen or --take");
    }
    if (accept && restart) {
      throw new IllegalArgumentException(
          "--accept and --restart exclude each other: it is started for each connection anyway");
    }
  }

  private int run(Program program, List<Listener> listeners)
      throws IOException, InterruptedException {
    if (accept) {
      PerConnection server = new PerConnection(program, listeners, this::say);
      signals(List.of("TERM", "INT", "HUP"), server::signal);
      return server.run();
    }
    Keeper keeper = new Keeper(program, listeners, restart, this::say);
    signals(List.of("TERM", "INT", "HUP", "USR1"), keeper::signal);
    return keeper.run();
  }

  private static void signals(List<String> names, IntConsumer consumer) throws IOException {
    ForwardedSignals.tell(names, consumer);
  }

  private boolean remove(List<Listener> listeners) {
    boolean isDone = true;
    for (Listener l : listeners) {
      try {
        l.close();
        l.remove();
      } catch (IOException e) {
        say("a socket's file could not be removed: " + e);
        isDone = false;
      }
    }
    return isDone;
  }

  private void say(String text) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("noinherit: " + text);
  }
}
