// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import java.io.IOException;
import java.io.Serial;

/**
 * A command was started and did not do what it was to do. (One that cannot be started at all is
 * another {@link IOException}, as from {@link Spawn#start}.)
 */
public abstract sealed class CommandException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  /** Not kept when the exception is written to a stream. */
  private final transient Completed completed;

  private CommandException(String message, Completed completed) {
    super(message);
    this.completed = completed;
  }

  /**
   * {@return how each command ended, killed by us or not, and what was captured until then; null in
   * an exception that was read from a stream}
   */
  public Completed completed() {
    return completed;
  }

  /** It ended with an exit value other than 0, or by a signal: {@link Completed#orThrow}. */
  public static final class Failed extends CommandException {
    @Serial private static final long serialVersionUID = 1L;

    Failed(String message, Completed completed) {
      super(message, completed);
    }
  }

  /** {@link Limit#time} was over: it was killed with its descendants. */
  public static final class TimedOut extends CommandException {
    @Serial private static final long serialVersionUID = 1L;

    TimedOut(String message, Completed completed) {
      super(message, completed);
    }
  }

  /** It wrote more than {@link Limit#output} allowed: it was killed with its descendants. */
  public static final class TooMuchOutput extends CommandException {
    @Serial private static final long serialVersionUID = 1L;

    TooMuchOutput(String message, Completed completed) {
      super(message, completed);
    }
  }
}
