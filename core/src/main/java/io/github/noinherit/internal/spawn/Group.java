// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The children of one pipeline, first to last; often it is just one. */
public record Group(List<Child> children) {
  /** Longer than that only a process that was not killed keeps a pipe open. */
  private static final long DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /** After SIGKILL only an uninterruptible system call lets a process live longer. */
  private static final long END_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

  /** Keeps an immutable copy. */
  public Group {
    children = List.copyOf(children);
  }

  /** What the last one writes to its standard output. */
  InputStream output() {
    return children.getLast().output();
  }

  /** What each writes to its standard error. */
  List<InputStream> errors() {
    return children.stream().map(Child::error).toList();
  }

  /** Waits until all have ended. Have they? */
  boolean await(Deadline deadline) throws InterruptedException {
    for (Child child : children) {
      if (!child.waitFor(deadline.left(), TimeUnit.NANOSECONDS)) {
        return false;
      }
    }
    return true;
  }

  boolean hasEnded() {
    return children.stream().noneMatch(Child::isAlive);
  }

  /** How each ended, or that it has not. */
  public List<Exit> exits() {
    return children.stream().map(Child::exit).toList();
  }

  /**
   * Kills every child that has not ended, with its descendants; what cannot be killed is told in
   * the exception that is returned. The last first: one that reads must not take the end of a
   * killed one for the end of its input, and make something of half of it.
   */
  @Nullable IOException kill() {
    IOException failure = null;
    for (Child child : children.reversed()) {
      try {
        child.killTree();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    long end = System.nanoTime() + END_NANOS;
    while (!hasEnded() && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return failure;
  }

  /** Kills them because of a failure, and closes what is ours of their standard streams. */
  public void kill(Throwable why) {
    IOException failure = kill();
    if (failure != null) {
      why.addSuppressed(failure);
    }
    discardStreams();
  }

  /**
   * How they were when their time was over.
   *
   * @param exits how each had ended, or that it was running
   * @param notKilled what could not be killed then, or null
   */
  public record Overtime(List<Exit> exits, @Nullable IOException notKilled) {
    /** Keeps an immutable copy. */
    public Overtime {
      exits = List.copyOf(exits);
    }
  }

  /** Their time is over: kills them, and leaves the readers a while for what is in the pipes. */
  Overtime endOvertime(Readers readers) throws InterruptedException {
    List<Exit> then = exits();
    IOException notKilled = kill();
    readers.await(DRAIN_NANOS);
    return new Overtime(then, notKilled);
  }

  /** Closes all that is ours of their standard streams. */
  void discardStreams() {
    children.forEach(Child::discardStreams);
  }
}
