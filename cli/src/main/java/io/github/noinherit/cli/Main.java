// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

import io.github.noinherit.cli.check.CheckCommand;
import io.github.noinherit.cli.demo.DemoCommand;
import io.github.noinherit.cli.run.RunCommand;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command {@code noinherit}. {@link #run} is the one place that decides its exit status. */
@Command(
    name = "noinherit",
    versionProvider = Version.class,
    header = "Nothing is inherited by a child process unless you say so.",
    description = {
      "",
      "A program that starts another one often hands it copies of its open files and sockets,"
          + " without a word. noinherit shows that, and stops it for Java programs.",
    },
    synopsisSubcommandLabel = "COMMAND",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:done, and the answer is yes",
      "1:the answer is no: something is missing, or was not shown",
      "2:the command line was not understood",
      "3:not permitted, or not supported here",
      "125:noinherit itself failed",
    },
    footer = {
      "",
      "Examples:",
      "  noinherit demo              see what goes wrong, and what does not any more",
      "  noinherit check             what this machine and this JVM can do",
      "  noinherit check --json      the same for programs",
      "  noinherit java -jar x.jar   run a program, non-inheritable by default",
      "  noinherit run --listen :8080 -- server   run a socket-activated server",
    },
    subcommands = {DemoCommand.class, CheckCommand.class, JavaCommand.class, RunCommand.class})
public final class Main implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @CommandLine.Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = CommandLine.ScopeType.INHERIT,
      description = "Show this help.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean help;

  @CommandLine.Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean version;

  /** Runs the command and ends the JVM with its exit status. */
  public static void main(String[] args) {
    Charset charset = Charset.forName(System.getProperty("stdout.encoding", "UTF-8"));
    Page page = Page.ofStandardOutput(System.getenv());
    Output out = new Output(new FileOutputStream(FileDescriptor.out), charset, page);
    System.exit(run(args, out, new PrintWriter(System.err, true, System.err.charset())));
  }

  /** Runs the command; what it says goes to {@code out} and {@code err}. */
  static int run(String[] args, Output out, PrintWriter err) {
    CommandLine command = new CommandLine(new Main(), new Commands(out));
    command.setOut(out.writer());
    command.setErr(err);
    command.setUsageHelpWidth(Math.max(out.page().width(), 55)); // picocli's least
    command.setColorScheme(
        CommandLine.Help.defaultColorScheme(out.page().colours() ? Ansi.ON : Ansi.OFF));
    command.setParameterExceptionHandler((e, arguments) -> misunderstood(e, err));
    command.setExecutionExceptionHandler((e, failed, parsed) -> failed(e, err));
    int status = command.execute(args);
    try {
      out.flush();
      return status;
    } catch (OutputFailed e) {
      return outputFailed(e, err);
    }
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Which command? " + String.join(", ", spec.subcommands().keySet()));
  }

  private static int misunderstood(ParameterException e, PrintWriter err) {
    err.println("noinherit: " + e.getMessage());
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
    // every other status may be that of the program
    return e.getCommandLine().getCommand() instanceof RunCommand
        ? ExitStatus.FAILED
        : ExitStatus.USAGE;
  }

  private static int failed(Exception e, PrintWriter err) {
    return switch (e) {
      case OutputFailed output -> ExitStatus.FAILED; // run() meets it again and says it
      case UnsupportedHere unsupported -> {
        err.println("noinherit: " + unsupported.getMessage());
        yield ExitStatus.UNSUPPORTED;
      }
      default -> {
        err.println("noinherit: " + e);
        for (StackTraceElement element : e.getStackTrace()) {
          err.println("    at " + element);
        }
        err.println("This should not have happened; the lines above help to find out why.");
        yield ExitStatus.FAILED;
      }
    };
  }

  private static int outputFailed(OutputFailed e, PrintWriter err) {
    if (e.isReaderGone()) {
      return ExitStatus.OK;
    }
    err.println("noinherit: cannot write: " + e.reason());
    return ExitStatus.FAILED;
  }

  /** Makes the commands, each with the output it writes to. */
  private record Commands(Output out) implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      if (type == DemoCommand.class) {
        return type.cast(new DemoCommand(out));
      }
      if (type == CheckCommand.class) {
        return type.cast(new CheckCommand(out));
      }
      return CommandLine.defaultFactory().create(type);
    }
  }
}
