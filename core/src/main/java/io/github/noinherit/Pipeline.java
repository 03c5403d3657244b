// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import io.github.noinherit.internal.spawn.Capture;
import io.github.noinherit.internal.spawn.Deadline;
import io.github.noinherit.internal.spawn.Group;
import io.github.noinherit.internal.spawn.Launch.FromHandle;
import io.github.noinherit.internal.spawn.Launch.Stream;
import io.github.noinherit.internal.spawn.LineReader;
import java.io.IOException;
import java.nio.channels.Pipe;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Several commands, each of which reads what the one before it writes: {@link Spawn#pipeline}.
 *
 * {@snippet :
 * Completed c = Spawn.pipeline(Spawn.command("git", "ls-files"), Spawn.command("wc", "-l")).capture();
 * c.exitValues();     // of both
 * c.orThrow().stdout();
 * }
 *
 * <p><b>Guaranteed.</b> Each child gets its own ends of the pipes between them and no other: the
 * reading end of the one before it as standard input, the writing end of the one behind it as
 * standard output, and what was passed to it. So each sees the end of its input as soon as the one
 * before it has ended, and a writer gets SIGPIPE as soon as its reader has ended. If one cannot be
 * started, those that were are killed with their descendants, and the failure is that of the start;
 * what they did meanwhile is not undone.
 *
 * <p>All else is as each {@link Spawn} says, and may be different for each: directory, environment,
 * handles, standard error. Limits are for all together.
 *
 * <p>A pipeline may be used several times. It is not safe for use by several threads at once.
 */
public final class Pipeline {
  private final List<Spawn> commands;

  Pipeline(List<Spawn> commands) {
    if (commands.isEmpty()) {
      throw new IllegalArgumentException("a pipeline needs at least one command");
    }
    this.commands = List.copyOf(commands);
  }

  /**
   * Starts all, first to last. What is not set is a pipe, as for {@link Spawn#start}: the first
   * one's standard input, the last one's standard output, and the standard error of each, all of
   * which must be read or closed.
   *
   * @return the children, first to last
   * @throws IllegalArgumentException if a stream that would be between two commands was set
   * @throws IOException if one cannot be started, as for {@link Spawn#start}; none is left then
   */
  public List<SpawnedProcess> start() throws IOException {
    return start(Unset.PIPES);
  }

  /**
   * Runs all to their end and keeps what they write, as {@link Spawn#capture}: the last one's
   * standard output, and the standard error of each, one after the other. Standard input of the
   * first is empty unless set.
   *
   * @param limits none, or one of each kind
   * @return how they ended, whatever the exit values
   * @throws CommandException.TimedOut if {@link Limit#time} was over
   * @throws CommandException.TooMuchOutput if {@link Limit#output} was exceeded, or what an array
   *     holds
   * @throws IllegalArgumentException if a stream that would be between two commands was set
   * @throws IllegalStateException if a stream was set to a pipe that nobody would serve
   * @throws IOException if one cannot be started, as for {@link Spawn#start}
   * @throws InterruptedException if the thread was interrupted; all are killed
   */
  public Completed capture(Limit... limits) throws IOException, InterruptedException {
    Limits all = Limits.of(limits);
    Deadline deadline = Deadline.after(all.time());
    Group group = group(Unset.READ);
    return outcome(all).completedOrThrow(Capture.of(group, deadline, all.output()));
  }

  /**
   * Runs all to their end, as {@link Spawn#run}: the streams that are not set and not between two
   * commands are those of this process.
   *
   * @param limits none, or one of time
   * @return how they ended, whatever the exit values; there is no output in it
   * @throws CommandException.TimedOut if {@link Limit#time} was over
   * @throws IllegalArgumentException if a stream that would be between two commands was set; for a
   *     limit of output
   * @throws IllegalStateException if a stream was set to a pipe that nobody would serve
   * @throws IOException if one cannot be started, as for {@link Spawn#start}
   * @throws InterruptedException if the thread was interrupted; all are killed
   */
  public Completed run(Limit... limits) throws IOException, InterruptedException {
    Limits all = Limits.of(limits).withoutOutput();
    Deadline deadline = Deadline.after(all.time());
    Group group = group(Unset.INHERIT);
    return outcome(all).completedOrThrow(Capture.ofNothing(group, deadline));
  }

  /**
   * Starts all and gives what they write, line by line, as {@link Spawn#lines}: the last one's
   * standard output, and the standard error of each.
   *
   * @param limits none, or one of each kind
   * @return to be closed, which kills those that have not ended
   * @throws IllegalArgumentException if a stream that would be between two commands was set
   * @throws IllegalStateException if a stream was set to a pipe that nobody would serve
   * @throws IOException if one cannot be started, as for {@link Spawn#start}
   */
  public Lines lines(Limit... limits) throws IOException {
    return lines(CommandText.nativeEncoding(), limits);
  }

  /**
   * {@link #lines(Limit...)} of text in an encoding that is not the native one.
   *
   * @throws IOException as for {@link #lines(Limit...)}
   */
  public Lines lines(Charset charset, Limit... limits) throws IOException {
    Limits all = Limits.of(limits);
    Deadline deadline = Deadline.after(all.time());
    Group group = group(Unset.READ);
    return new Lines(new LineReader(group, charset, deadline, all.output()), outcome(all));
  }

  private Outcome outcome(Limits limits) {
    return new Outcome(commands.stream().map(Spawn::words).toList(), limits.time());
  }

  private Group group(Unset unset) throws IOException {
    commands.forEach(unset::requireServed);
    return groupOf(start(unset));
  }

  private static Group groupOf(List<SpawnedProcess> processes) {
    return new Group(processes.stream().map(SpawnedProcess::child).toList());
  }

  private List<SpawnedProcess> start(Unset unset) throws IOException {
    requireFreeBetween();
    commands.forEach(command -> command.refuseWhatExcludesEachOther(unset));
    List<SpawnedProcess> started = new ArrayList<>();
    Pipe.SourceChannel upstream = null;
    try {
      for (Spawn command : commands) {
        boolean isLast = started.size() == commands.size() - 1;
        Pipe next = isLast ? null : NoInherit.openPipe();
        // ours are closed as soon as the child has its own: that alone makes ends of file
        try (Pipe.SourceChannel in = upstream;
            Pipe.SinkChannel out = next == null ? null : next.sink()) {
          upstream = next == null ? null : next.source();
          started.add(command.start(or(in, unset.input()), or(out, unset.output()), unset.error()));
        }
      }
      return started;
    } catch (IOException | RuntimeException | Error e) {
      if (upstream != null) {
        upstream.close();
      }
      groupOf(started).kill(e);
      throw e;
    }
  }

  private static Stream or(@Nullable Object holder, Stream otherwise) {
    return holder == null ? otherwise : new FromHandle(holder);
  }

  private void requireFreeBetween() {
    for (int i = 0; i < commands.size(); i++) {
      Spawn command = commands.get(i);
      if (i > 0 && command.isSet(0)) {
        throw new IllegalArgumentException(
            "standard input of command "
                + (i + 1)
                + " in a pipeline is what the one before it writes; it was set to something else");
      }
      if (i < commands.size() - 1 && command.isSet(1)) {
        throw new IllegalArgumentException(
            "standard output of command "
                + (i + 1)
                + " in a pipeline goes to the one behind it; it was set to something else");
      }
    }
  }
}
