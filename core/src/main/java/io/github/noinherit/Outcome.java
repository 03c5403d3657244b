// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import io.github.noinherit.internal.spawn.Capture;
import io.github.noinherit.internal.spawn.Exit;
import io.github.noinherit.internal.spawn.Group.Overtime;
import io.github.noinherit.internal.spawn.LineReader;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Pure: what came of commands, as it is told to the user.
 *
 * @param time what they were allowed; null for no limit
 */
record Outcome(List<List<String>> commands, @Nullable Duration time) {
  private static final byte[] NOT_CAPTURED = {};

  /** How they ended, where nothing was captured. */
  Completed completed(List<Exit> exits) {
    return new Completed(commands, exits, NOT_CAPTURED, NOT_CAPTURED);
  }

  /** How they ended, and what they wrote. */
  Completed completedOrThrow(Capture.Result result) throws CommandException {
    Completed completed = new Completed(commands, result.exits(), result.output(), result.error());
    return switch (result.over()) {
      case Capture.Ended e -> completed;
      case Capture.OutOfTime(Overtime overtime) ->
          throw timedOut(overtime, completed, captured(completed));
      case Capture.TooMuch(String words, IOException notKilled) ->
          throw tooMuch(words, notKilled, completed, captured(completed));
    };
  }

  /** Why there are no more lines. */
  CommandException cut(LineReader.Cut cut) {
    Completed completed = completed(cut.exits);
    return switch (cut.over) {
      case Capture.Ended e -> throw new IllegalStateException("they have ended");
      case Capture.OutOfTime(Overtime overtime) -> timedOut(overtime, completed, "");
      case Capture.TooMuch(String words, IOException notKilled) ->
          tooMuch(words, notKilled, completed, "");
    };
  }

  private CommandException.TimedOut timedOut(
      Overtime overtime, Completed completed, String captured) {
    boolean running = overtime.exits().stream().anyMatch(Exit::isRunning);
    CommandException.TimedOut e =
        new CommandException.TimedOut(
            this
                + ": not over within "
                + (time == null ? "its time" : words(time))
                + (running
                    ? killed(overtime.notKilled())
                    : "; it has ended ("
                        + overtime.exits().getLast()
                        + "), but a process that it left behind still has its standard output or"
                        + " error open")
                + captured,
            completed);
    addTo(e, overtime.notKilled());
    return e;
  }

  private CommandException.TooMuchOutput tooMuch(
      String words, @Nullable IOException notKilled, Completed completed, String captured) {
    CommandException.TooMuchOutput e =
        new CommandException.TooMuchOutput(
            this + ": " + words + "," + killed(notKilled) + captured, completed);
    addTo(e, notKilled);
    return e;
  }

  private static String killed(@Nullable IOException notKilled) {
    return notKilled == null
        ? " and killed, with its descendants"
        : " and killed as far as could be: " + notKilled.getMessage();
  }

  private static void addTo(CommandException e, @Nullable IOException notKilled) {
    if (notKilled != null) {
      e.addSuppressed(notKilled);
    }
  }

  private static String captured(Completed completed) {
    byte[] error = completed.stderrBytes();
    return "; captured until then: "
        + completed.stdoutBytes().length
        + " bytes of standard output, "
        + error.length
        + " of standard error"
        + (error.length == 0 ? "" : CommandText.endOf(error));
  }

  /** As one would say it: 1m30s. */
  private static String words(Duration time) {
    return time.toString().substring("PT".length()).toLowerCase(Locale.ROOT);
  }

  /** The commands, as one would type them. */
  @Override
  public String toString() {
    return commands.stream().map(CommandText::of).collect(Collectors.joining(" | "));
  }
}
