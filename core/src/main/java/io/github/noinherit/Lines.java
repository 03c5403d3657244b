// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import io.github.noinherit.internal.spawn.LineReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * What a command, or a pipeline, writes to standard output and standard error, line by line, while
 * it runs.
 *
 * {@snippet :
 * try (Lines lines = Spawn.command("make").lines()) {
 *   for (Line line : lines) {
 *     (line.isError() ? System.err : System.out).println(line.text());
 *   }
 *   lines.finish().orThrow();
 * }
 * }
 *
 * <p>Lines of one stream come in their order. Lines of different streams come in the order in which
 * they were read, which may differ from that in which they were written. Both streams are read at
 * once and some lines ahead; a command that writes faster than its lines are taken waits. If a
 * command ends amid a line, as one may that is killed, that is a line too. A line of more than
 * 1,048,576 characters comes in parts of so many.
 *
 * <p><b>Closing early ends the command</b>: if it has not ended when this is closed, it is killed
 * with its descendants, as nobody reads any more what it writes. Who only wants the rest to be
 * thrown away calls {@link #finish} before. What is not closed keeps its command, and as many
 * virtual threads as there are streams, until that ends.
 *
 * <p>A thread that is interrupted while it waits for a line gets {@link InterruptedException} or,
 * from an iterator or stream, {@link UncheckedIOException} with its interrupt status set; the
 * command runs on until this is closed.
 *
 * <p>Lines are for one thread at a time; {@link #close} may be called by any.
 */
public final class Lines implements Iterable<Line>, Closeable {
  private final Outcome outcome;
  private final LineReader reader;

  Lines(LineReader reader, Outcome outcome) {
    this.reader = reader;
    this.outcome = outcome;
  }

  /**
   * Waits for the next line.
   *
   * @return null if there is none any more
   * @throws CommandException.TimedOut if the time is over; lines that were read before come first
   * @throws CommandException.TooMuchOutput if there was too much output, as soon as that is noticed
   * @throws IOException if this is closed, or a stream cannot be read
   * @throws InterruptedException if the thread is interrupted
   */
  public @Nullable Line next() throws IOException, InterruptedException {
    LineReader.Text text;
    try {
      text = reader.next();
    } catch (LineReader.Cut e) {
      throw outcome.cut(e);
    }
    return text == null
        ? null
        : new Line(text.isError() ? Line.Source.STDERR : Line.Source.STDOUT, text.text());
  }

  /**
   * {@return an iterator over the lines that are left, which throws {@link UncheckedIOException}
   * for what {@link #next()} throws} All iterators take from the same lines.
   */
  @Override
  public Iterator<Line> iterator() {
    return new Iterator<>() {
      private @Nullable Line ahead;

      @Override
      public boolean hasNext() {
        if (ahead == null) {
          ahead = nextUnchecked();
        }
        return ahead != null;
      }

      @Override
      public Line next() {
        Line line = hasNext() ? ahead : null;
        if (line == null) {
          throw new NoSuchElementException("there are no more lines");
        }
        ahead = null;
        return line;
      }
    };
  }

  private @Nullable Line nextUnchecked() {
    try {
      return next();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted =
          new InterruptedIOException("interrupted while waiting for a line of " + outcome);
      interrupted.initCause(e);
      throw new UncheckedIOException(interrupted);
    }
  }

  /** {@return the lines that are left, as of {@link #iterator()}; closing it closes this} */
  public Stream<Line> stream() {
    int characteristics = Spliterator.ORDERED | Spliterator.NONNULL;
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(iterator(), characteristics), false)
        .onClose(
            () -> {
              try {
                close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  /**
   * Throws away the lines that are left, and waits until the command has ended.
   *
   * @return how it ended; what it wrote is not in it
   * @throws IOException as for {@link #next()}
   * @throws InterruptedException if the thread is interrupted; the command runs on
   */
  public Completed finish() throws IOException, InterruptedException {
    try {
      return outcome.completed(reader.finish());
    } catch (LineReader.Cut e) {
      throw outcome.cut(e);
    }
  }

  /**
   * Kills the command with its descendants if it has not ended, and closes its streams. A second
   * call does nothing.
   *
   * @throws IOException if somebody could not be killed; all else is done then
   */
  @Override
  public void close() throws IOException {
    reader.close();
  }
}
