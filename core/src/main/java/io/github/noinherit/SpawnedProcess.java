// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import io.github.noinherit.internal.jdk.JdkProcess;
import io.github.noinherit.internal.linux.Signals;
import io.github.noinherit.internal.spawn.Child;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A child started by {@link Spawn}: a {@link Process} in every respect, with these differences.
 *
 * <ul>
 *   <li>Signals are sent through the child's pidfd, so never to another process that got the same
 *       pid later (pidfd_send_signal(2)). What goes by pid: {@link #toHandle()} and all that is
 *       called on it, {@link #info()}, {@link #children()}, {@link #descendants()}.
 *   <li>The standard streams are pipes whose descriptors were never inheritable. A virtual thread
 *       that reads or writes one leaves its carrier. A thread that is interrupted while it reads or
 *       writes gets {@link java.nio.channels.ClosedByInterruptException} and the stream is closed,
 *       as for every {@link java.nio.channels.InterruptibleChannel}.
 *   <li>When the child ends, its output is kept in memory and the pipes are closed, except those of
 *       which another process, a grandchild, still has the other end.
 *   <li>If somebody else takes the child's exit status (foreign code that waits for every child, or
 *       this process was itself started with SIGCHLD ignored), Linux 6.15 and later still tell it,
 *       unless the child was started by posix_spawn and was gone before there was a pidfd.
 *       Otherwise {@link #exitValue()} and {@link #waitFor()} throw {@link IllegalStateException},
 *       which says so; the end itself is always seen.
 * </ul>
 *
 * <p>{@link #exitValue()} is what the program gave to exit(3), or 128 + n if signal n ended it.
 *
 * <p>Safe for use by several threads.
 */
public final class SpawnedProcess extends Process implements Closeable {
  private final Child child;
  private final List<String> nonBlocking;
  private volatile boolean closed;

  SpawnedProcess(Child child, List<String> nonBlocking) {
    this.child = child;
    this.nonBlocking = List.copyOf(nonBlocking);
  }

  /**
   * Which of the handles that the child was given by name or number were in non-blocking mode when
   * it was started ({@link Handle#isNonBlocking}): their names, and numbers as text. The mode is
   * one for both processes, so a child that expects to wait in accept(2) or read(2) gets EAGAIN
   * there. The way out: {@link Handle#setNonBlocking} before the start, if nobody here relies on
   * the mode; or let the child set the mode that it wants, which then is this process', too.
   */
  public List<String> nonBlocking() {
    return nonBlocking;
  }

  /** What it stands for. */
  Child child() {
    return child;
  }

  @Override
  public OutputStream getOutputStream() {
    return child.input();
  }

  @Override
  public InputStream getInputStream() {
    return child.output();
  }

  @Override
  public InputStream getErrorStream() {
    return child.error();
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the child has ended and its exit status is lost; the message
   *     says why
   */
  @Override
  public int waitFor() throws InterruptedException {
    return child.waitFor();
  }

  @Override
  public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
    return child.waitFor(timeout, unit);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the child has ended and its exit status is lost; the message
   *     says why
   */
  @Override
  public int exitValue() {
    return child.exitValue();
  }

  /**
   * Asks the child to end, by SIGTERM, and closes its standard streams; what is still buffered for
   * it is thrown away.
   *
   * @throws UncheckedIOException if the operating system refuses to send the signal
   */
  @Override
  public void destroy() {
    destroy(Signals.SIGTERM);
  }

  /**
   * Ends the child, by SIGKILL, and closes its standard streams; what is still buffered for it is
   * thrown away.
   *
   * @throws UncheckedIOException if the operating system refuses to send the signal
   */
  @Override
  public SpawnedProcess destroyForcibly() {
    destroy(Signals.SIGKILL);
    return this;
  }

  /**
   * Ends the child and what descends from it, by SIGKILL, and closes its standard streams as {@link
   * #destroyForcibly} does. How far "what descends from it" goes:
   *
   * <ul>
   *   <li>Of a child that {@link Spawn#killWithParent} put into a control group of its own: all of
   *       it, also when the child itself has ended.
   *   <li>Of another: who descends from it by parent links; and, if it leads a process group
   *       ({@link Spawn#newProcessGroup}, {@link Spawn#newSession}), who is in that, or descends
   *       from such a one. Who has left the group, and whose line of parents is broken, is not
   *       found. When the child itself has ended, the group is all that is known.
   * </ul>
   *
   * In the second case each process is stopped as it is found, and when nobody new is found all are
   * killed. The signals go by pidfd, so never to another process that got the same pid. Returns
   * when all have ended, and after two seconds if one is in a system call that nothing interrupts.
   *
   * @throws UncheckedIOException if the operating system refuses something on the way, for instance
   *     a signal to a process of another user; what could be killed was killed
   */
  public SpawnedProcess destroyTree() {
    try {
      child.killTree();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      child.discardStreams();
    }
    return this;
  }

  private void destroy(int signal) {
    try {
      child.signal(signal);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      child.discardStreams();
    }
  }

  /**
   * Sends a signal, through the child's pidfd; a child that has ended gets none.
   *
   * @param number from 1 to 64, as signal(7) has them
   * @throws IllegalArgumentException if it is no signal's number
   * @throws IOException if the operating system refuses, as it does where the child has become
   *     another user that this one may not signal (kill(2))
   */
  public void signal(int number) throws IOException {
    if (number < 1 || number > Signals.HIGHEST) {
      throw new IllegalArgumentException(number + " is not the number of a signal");
    }
    child.signal(number);
  }

  /** {@return true: SIGTERM can be handled by the child} */
  @Override
  public boolean supportsNormalTermination() {
    return true;
  }

  @Override
  public boolean isAlive() {
    return child.isAlive();
  }

  @Override
  public long pid() {
    return child.pid();
  }

  /** {@return a future that completes when the child has ended, on the default executor} */
  @Override
  public CompletableFuture<Process> onExit() {
    return child.onExit().thenApply(c -> this);
  }

  /**
   * {@inheritDoc} Everything on the handle goes by pid. If it is first asked for when the child has
   * ended, it is a handle that is not alive and equals no other.
   */
  @Override
  public ProcessHandle toHandle() {
    try {
      return child.handle();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Closes all writers, readers and streams of the child, and terminates it without waiting: {@code
   * Process.close()} of JDK 26. The exit status, if it is needed, must be waited for before. A
   * second call does nothing.
   *
   * @throws IOException if closing a stream fails, for instance because what was still buffered for
   *     the child could not be written; everything else is closed and the child terminated all the
   *     same
   */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    IOException failure = null;
    for (Closeable stream :
        new Closeable[] {
          JdkProcess.outputWriterOr(this, getOutputStream()), getInputStream(), getErrorStream()
        }) {
      try {
        stream.close();
      } catch (IOException e) {
        failure = JdkProcess.firstOf(failure, e);
      }
    }
    try {
      child.signal(Signals.SIGTERM);
    } catch (IOException e) {
      failure = JdkProcess.firstOf(failure, e);
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** {@return the pid and the exit status} */
  @Override
  public String toString() {
    return "SpawnedProcess[" + child + "]";
  }
}
