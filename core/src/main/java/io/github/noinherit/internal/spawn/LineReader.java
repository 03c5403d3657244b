// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.jdk.Uninterruptibly;
import io.github.noinherit.internal.spawn.Capture.OutOfTime;
import io.github.noinherit.internal.spawn.Capture.Over;
import io.github.noinherit.internal.spawn.Capture.TooMuch;
import io.github.noinherit.internal.spawn.Group.Overtime;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/*
 * What a group of children writes, line by line, while they run.
 *
 * Each stream has a reader (Readers) that puts its lines into one queue, from which one thread takes
 * them. The queue is short: who takes slowly makes the readers wait, then the pipes fill, then the
 * children wait. Lines of one stream come in their order; those of different streams in the order in
 * which they were read, which need not be the order in which they were written.
 *
 * A line without end would be as long as memory is large: one that is very long comes in parts.
 *
 * If there is a deadline, one more virtual thread waits for it, as whoever takes the lines may be
 * busy with one. Closing before the end kills the children with their descendants (Tree).
 * After closing no thread and no descriptor is left.
 */
public final class LineReader {
  /** What is in the queue. */
  sealed interface Event {}

  /** One line, without its end. */
  public record Text(boolean isError, String text) implements Event {}

  private record End() implements Event {}

  private record Failed(Throwable failure) implements Event {}

  /** They were killed: their time was over, or they wrote too much. */
  public static final class Cut extends IOException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public final transient Over over;

    /** How they ended by that. */
    public final transient List<Exit> exits;

    Cut(Over over, List<Exit> exits) {
      this.over = over;
      this.exits = List.copyOf(exits);
    }
  }

  private static final int LINES_AHEAD = 64;

  /** In characters. */
  private static final int LONGEST_LINE = 1 << 20;

  private final Group group;
  private final Charset charset;
  private final Budget budget;
  private final BlockingQueue<Event> queue = new LinkedBlockingQueue<>(LINES_AHEAD);
  private final Readers readers;
  private final CountDownLatch over = new CountDownLatch(1);
  private final @Nullable Thread timekeeper;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean late;
  private volatile Overtime overtime = new Overtime(List.of(), null);
  private int open;

  /** Begins to read. */
  public LineReader(Group group, Charset charset, Deadline deadline, long limit) {
    this.group = group;
    this.charset = charset;
    this.budget = new Budget(limit);
    List<InputStream> streams = new ArrayList<>();
    List<Readers.Body> bodies = new ArrayList<>();
    streams.add(group.output());
    bodies.add(s -> read(s, false));
    for (InputStream error : group.errors()) {
      streams.add(error);
      bodies.add(s -> read(s, true));
    }
    open = streams.size();
    readers = new Readers(streams, bodies);
    timekeeper =
        deadline.left() == Long.MAX_VALUE
            ? null
            : Thread.ofVirtual()
                .name("noinherit-timekeeper")
                .inheritInheritableThreadLocals(false)
                .start(() -> keepTime(deadline));
  }

  private void read(InputStream stream, boolean isError) throws InterruptedException {
    Event last;
    try {
      BufferedReader characters =
          new BufferedReader(new InputStreamReader(new Metered(stream, budget), charset));
      for (String line = line(characters); line != null; line = line(characters)) {
        queue.put(new Text(isError, line));
      }
      last = new End();
    } catch (IOException | RuntimeException | Error e) {
      last = new Failed(e);
    }
    queue.put(last);
  }

  /** The next line, without its end; the next LONGEST_LINE characters of one that is longer. */
  private static @Nullable String line(BufferedReader characters) throws IOException {
    StringBuilder line = new StringBuilder();
    int c = characters.read();
    if (c < 0) {
      return null;
    }
    while (c >= 0 && c != '\n' && c != '\r') {
      line.append((char) c);
      if (line.length() == LONGEST_LINE) {
        return line.toString();
      }
      c = characters.read();
    }
    if (c == '\r') {
      characters.mark(1);
      if (characters.read() != '\n') {
        characters.reset();
      }
    }
    return line.toString();
  }

  private void keepTime(Deadline deadline) {
    try {
      if (!over.await(deadline.left(), TimeUnit.NANOSECONDS)) {
        late = true;
        overtime = group.endOvertime(readers);
        group.discardStreams();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  /**
   * The next line; null if there is none any more.
   *
   * @throws Cut if the time is over and all that was read before has been taken, or if they wrote
   *     too much
   */
  public @Nullable Text next() throws IOException, InterruptedException {
    while (open > 0) {
      requireOpen();
      switch (queue.take()) {
        case Text line -> {
          return line;
        }
        case End e -> open--;
        case Failed(Throwable failure) when late -> open--;
        case Failed(Throwable failure) -> {
          requireOpen();
          throw failed(failure);
        }
      }
    }
    requireOpen();
    requireInTime();
    return null;
  }

  private void requireOpen() throws IOException {
    if (closed.get()) {
      throw new IOException("these lines are closed");
    }
  }

  private void requireInTime() throws Cut, InterruptedException {
    if (late) {
      if (timekeeper != null) {
        timekeeper.join(); // it may still be killing
      }
      throw new Cut(new OutOfTime(overtime), group.exits());
    }
  }

  private IOException failed(Throwable failure) {
    IOException notKilled = null;
    try {
      close();
    } catch (IOException e) {
      notKilled = e;
    }
    if (failure instanceof Budget.Exceeded e) {
      return new Cut(new TooMuch(String.valueOf(e.getMessage()), notKilled), group.exits());
    }
    IOException told = new IOException("reading what a child writes: " + failure, failure);
    if (notKilled != null) {
      told.addSuppressed(notKilled);
    }
    return told;
  }

  /** Throws away what is left, and waits until the children have ended. */
  public List<Exit> finish() throws IOException, InterruptedException {
    while (next() != null) {
      // not wanted
    }
    group.await(Deadline.after(null));
    requireInTime();
    over.countDown();
    return group.exits();
  }

  /** Kills the children that have not ended, and waits for the readers to be gone. */
  public void close() throws IOException {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    over.countDown();
    IOException notKilled = group.kill();
    group.discardStreams();
    readers.join();
    if (timekeeper != null) {
      Uninterruptibly.join(timekeeper);
    }
    queue.clear();
    queue.add(new End()); // for a thread that is waiting for a line
    if (notKilled != null) {
      throw notKilled;
    }
  }
}
