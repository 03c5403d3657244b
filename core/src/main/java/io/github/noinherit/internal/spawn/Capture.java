// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.spawn.Group.Overtime;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/*
 * Waits for a group of children, and keeps what they write meanwhile.
 *
 * All streams are read at once (Readers), each child's standard error for itself, so nobody waits for
 * us whatever they write. It is over when every stream has ended and every child too. A process that
 * a child leaves behind keeps the stream from ending, as in a shell's $(…): its output is waited for.
 *
 * It is also over when the time is over, when it is too much, or when the waiting thread is
 * interrupted. Then all children are killed with their descendants (Tree). Streams that end by
 * that are read to their end; who still has one after a while was out of reach, and the stream is
 * closed under its reader.
 *
 * Whatever happens, when this returns no thread, no descriptor and no child is left; but for one that
 * could not be killed, of which the result, or the exception, speaks.
 */
public final class Capture {
  /** Why it was over. */
  public sealed interface Over {}

  /** All streams and all children have ended. */
  public record Ended() implements Over {}

  /** The time. */
  public record OutOfTime(Overtime overtime) implements Over {}

  /** They wrote more than they may. */
  public record TooMuch(String words, @Nullable IOException notKilled) implements Over {}

  /**
   * What came of it.
   *
   * @param exits of the children, after they were killed if they were
   * @param output of the last child
   * @param error of all children, one after the other
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Result(Over over, List<Exit> exits, byte[] output, byte[] error) {
    /** Keeps an immutable copy. */
    public Result {
      exits = List.copyOf(exits);
    }
  }

  private final Group group;
  private final Deadline deadline;
  private final Collector output;
  private final List<Collector> errors = new ArrayList<>();

  private Capture(Group group, Deadline deadline, long limit) {
    this.group = group;
    this.deadline = deadline;
    Budget budget = new Budget(limit);
    output = new Collector(budget);
    group.children().forEach(c -> errors.add(new Collector(budget)));
  }

  /** Keeps what the last child writes to its standard output, and all to their standard error. */
  public static Result of(Group group, Deadline deadline, long limit)
      throws IOException, InterruptedException {
    Capture capture = new Capture(group, deadline, limit);
    return capture.run(
        Stream.concat(Stream.of(group.output()), group.errors().stream()).toList(),
        Stream.concat(Stream.of(capture.output), capture.errors.stream()).toList());
  }

  /** Keeps nothing. */
  public static Result ofNothing(Group group, Deadline deadline)
      throws IOException, InterruptedException {
    return new Capture(group, deadline, 0).run(List.of(), List.of());
  }

  private Result run(List<InputStream> streams, List<Collector> collectors)
      throws IOException, InterruptedException {
    Readers readers = new Readers(streams, collectors);
    Over over;
    try {
      over = await(readers);
    } catch (InterruptedException | IOException | RuntimeException | Error e) {
      group.kill(e);
      throw e;
    } finally {
      group.discardStreams();
      readers.join();
    }
    return new Result(over, group.exits(), output.bytes(), allErrors());
  }

  private Over await(Readers readers) throws IOException, InterruptedException {
    boolean read = readers.await(deadline.left());
    switch (readers.failure()) {
      case null -> {
        // goes on
      }
      case Budget.Exceeded e -> {
        return new TooMuch(String.valueOf(e.getMessage()), group.kill());
      }
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e); // a reader is never interrupted here
    }
    return read && group.await(deadline) ? new Ended() : new OutOfTime(group.endOvertime(readers));
  }

  private byte[] allErrors() {
    List<byte[]> parts = errors.stream().map(Collector::bytes).toList();
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    byte[] all = new byte[parts.stream().mapToInt(p -> p.length).reduce(0, Math::addExact)];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }
}
