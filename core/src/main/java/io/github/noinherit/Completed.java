// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import io.github.noinherit.internal.spawn.Exit;
import java.nio.charset.Charset;
import java.util.List;
import java.util.OptionalInt;

/**
 * A command, or a {@link Pipeline} of several, that has ended: how, and what it wrote, if that was
 * captured.
 *
 * <p>Text is in the encoding that is given, else in the one of {@link Process#inputReader()}: that
 * of the system property {@code native.encoding}. What is not valid in it becomes U+FFFD; the bytes
 * are there too. Nothing is stripped: most commands end what they write with a line feed.
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class Completed {
  /** 128 + SIGPIPE: how a shell tells that a process was ended by it. */
  private static final int SIGPIPE = 13;

  private final List<List<String>> commands;
  private final List<Exit> exits;
  private final byte[] output;
  private final byte[] error;

  Completed(List<List<String>> commands, List<Exit> exits, byte[] output, byte[] error) {
    this.commands = List.copyOf(commands);
    this.exits = List.copyOf(exits);
    this.output = output;
    this.error = error;
  }

  /** {@return the commands, each a program and its arguments; one, but for a pipeline} */
  public List<List<String>> commands() {
    return commands;
  }

  /**
   * The exit value, as that of {@link SpawnedProcess}: what the program gave to exit(3), or 128 + n
   * if signal n ended it ({@link #signal()} tells the two apart). Of a pipeline, that of the last
   * command.
   *
   * @throws IllegalStateException if it is not known: somebody else has waited for the child, or it
   *     could not be killed; the message says which
   */
  public int exitValue() {
    return value(commands.size() - 1);
  }

  /**
   * The exit value of each command.
   *
   * @throws IllegalStateException as for {@link #exitValue()}
   */
  public List<Integer> exitValues() {
    return java.util.stream.IntStream.range(0, exits.size()).map(this::value).boxed().toList();
  }

  private int value(int i) {
    Exit exit = exits.get(i);
    if (!exit.isKnown()) {
      throw new IllegalStateException(
          CommandText.of(commands.get(i)) + " has no exit value: " + exit);
    }
    return exit.value();
  }

  /** {@return the signal that ended the (last) command, such as 9; empty if it ended by itself} */
  public OptionalInt signal() {
    int signal = exits.getLast().signal();
    return signal == 0 ? OptionalInt.empty() : OptionalInt.of(signal);
  }

  /**
   * {@return what was written to standard output, as text in the native encoding; empty if that was
   * not captured}
   */
  public String stdout() {
    return stdout(CommandText.nativeEncoding());
  }

  /** {@return what was written to standard output, as text} */
  public String stdout(Charset charset) {
    return new String(output, charset);
  }

  /** {@return a copy of what was written to standard output} */
  public byte[] stdoutBytes() {
    return output.clone();
  }

  /**
   * {@return what was written to standard error, as text in the native encoding; empty if that was
   * not captured. Of a pipeline, what each command wrote, one after the other}
   */
  public String stderr() {
    return stderr(CommandText.nativeEncoding());
  }

  /** {@return what was written to standard error, as text} */
  public String stderr(Charset charset) {
    return new String(error, charset);
  }

  /** {@return a copy of what was written to standard error} */
  public byte[] stderrBytes() {
    return error.clone();
  }

  /**
   * Did it succeed? If so, returns this.
   *
   * <p>A command succeeds by exit value 0. In a pipeline every one must; but one before the last
   * may also end by SIGPIPE, which is how the others tell it that they have read enough ({@code yes
   * | head -n 1}).
   *
   * @return this
   * @throws CommandException.Failed with the command, its exit value or signal, and the end of what
   *     was written to standard error
   */
  public Completed orThrow() throws CommandException.Failed {
    for (int i = exits.size() - 1; i >= 0; i--) {
      Exit exit = exits.get(i);
      boolean readEnough = i < exits.size() - 1 && exit.signal() == SIGPIPE;
      if (!exit.isKnown() || (exit.value() != 0 && !readEnough)) {
        throw new CommandException.Failed(
            CommandText.of(commands.get(i)) + ": " + exit + CommandText.endOf(error), this);
      }
    }
    return this;
  }

  /** {@return the commands and how they ended} */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("Completed[");
    for (int i = 0; i < exits.size(); i++) {
      text.append(i == 0 ? "" : " | ").append(CommandText.of(commands.get(i)));
      text.append(": ").append(exits.get(i));
    }
    return text.append(']').toString();
  }
}
