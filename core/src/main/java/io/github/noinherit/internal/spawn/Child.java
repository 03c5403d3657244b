// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.jdk.JdkProcess;
import io.github.noinherit.internal.spawn.Children.Ending;
import io.github.noinherit.internal.spawn.Children.Exited;
import io.github.noinherit.internal.spawn.Children.Lost;
import io.github.noinherit.internal.spawn.Children.Running;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/*
 * A child that was started: its pidfd, how it ended, and our ends of its standard streams.
 *
 * The lock guards the pidfd against being closed while a signal is sent through it. Order at the end
 * of the child: its exit status is taken, its streams let go of what nobody can use any more, then
 * waiters are woken, so that who returns from waitFor sees all of it.
 */
public final class Child {
  private final int pid;
  private final OutputStream input;
  private final InputStream output;
  private final InputStream error;
  private final Tree tree;
  private final List<Closeable> ends;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int pidfd;
  private Ending ending = new Running();
  private @Nullable CompletableFuture<Child> exit;
  private @Nullable ProcessHandle handle;

  Child(
      Executor.Started started,
      OutputStream input,
      InputStream output,
      InputStream error,
      Tree tree) {
    this.pid = started.pid();
    this.pidfd = started.pidfd();
    this.input = StandardStreams.buffered(input);
    this.output = StandardStreams.buffered(output);
    this.error = StandardStreams.buffered(error);
    this.tree = tree;
    this.ends = List.of(input, output, error);
  }

  /** Its process id. */
  public int pid() {
    return pid;
  }

  /**
   * Its handle by pid. Made when it is first asked for: the JDK reads /proc twice to make one.
   *
   * <p>As long as nobody has waited for the child its pid cannot be another's; that is asked after
   * the handle was made. If somebody has, the handle is that of a process which has ended.
   */
  public ProcessHandle handle() throws IOException {
    lock.lock();
    try {
      ProcessHandle made = handle;
      if (made == null) {
        made = pidfd < 0 ? null : ProcessHandle.of(pid).orElse(null);
        if (made == null || !isUnwaited()) {
          made = JdkProcess.endedHandle(pid);
        }
        handle = made;
      }
      return made;
    } finally {
      lock.unlock();
    }
  }

  /** Its pidfd, which is open until the reaper has seen its end. */
  int pidfd() {
    return pidfd;
  }

  /** Where its standard input comes from. */
  public OutputStream input() {
    return input;
  }

  /** Its standard output. */
  public InputStream output() {
    return output;
  }

  /** Its standard error. */
  public InputStream error() {
    return error;
  }

  /** Takes the pidfd out of what the reaper watches. */
  interface Unwatch {
    void before(int close) throws IOException;
  }

  /** It ended, and somebody else waited for it, before anybody could watch it. */
  void endedUnseen() throws IOException {
    settleStreams();
    tree.ended();
    lock.lock();
    try {
      ending =
          new Lost(
              "somebody else waited for it at once, or this process was started with SIGCHLD"
                  + " ignored, and posix_spawn gives no pidfd");
    } finally {
      lock.unlock();
    }
  }

  /** It was ended, as nobody could watch it. */
  void endedUnwatched() throws IOException {
    tree.ended();
  }

  private void settleStreams() {
    for (Closeable end : ends) {
      if (end instanceof PipeEnd.Listener pipe) {
        pipe.otherEndMayBeGone();
      }
    }
  }

  /** Called by the reaper alone, when the pidfd is readable. Has the child ended? */
  boolean ended(Unwatch unwatch) {
    Ending taken;
    try {
      taken = Children.take(pidfd);
      if (taken instanceof Running) {
        return false;
      }
      settleStreams();
    } catch (IOException | RuntimeException | Error e) { // told to whoever asks for the status
      taken = new Lost(e.toString());
    }
    Exception failure = null;
    try {
      tree.ended();
    } catch (IOException | RuntimeException e) { // thrown when the child's own end is told
      failure = e;
    }
    CompletableFuture<Child> future;
    lock.lock();
    try {
      int fd = pidfd;
      pidfd = -1;
      try {
        unwatch.before(fd);
        Children.close(fd);
      } catch (IOException e) {
        taken = new Lost(e.toString());
      }
      ending = taken;
      future = exit;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (future != null) {
      complete(future);
    }
    if (failure != null) {
      throw new IllegalStateException("after the end of process " + pid, failure);
    }
    return true;
  }

  /** On the default executor; here, if that has no thread to be had. */
  private void complete(CompletableFuture<Child> future) {
    try {
      future.completeAsync(() -> this);
    } catch (RuntimeException | Error e) {
      future.complete(this);
      throw e;
    }
  }

  /** Does it run, or has nobody seen its end yet? */
  public boolean isAlive() {
    lock.lock();
    try {
      return ending instanceof Running;
    } finally {
      lock.unlock();
    }
  }

  /** Process.exitValue. */
  public int exitValue() {
    lock.lock();
    try {
      return status();
    } finally {
      lock.unlock();
    }
  }

  private int status() {
    return switch (ending) {
      case Exited(int status, int signal) -> status;
      case Lost(String reason) ->
          throw new IllegalStateException(
              "process " + pid + " has ended, but its exit status is lost: " + reason);
      case Running r ->
          throw new IllegalThreadStateException("process " + pid + " has not ended yet");
    };
  }

  /** How it ended, or why that is not known. */
  public Exit exit() {
    lock.lock();
    try {
      return switch (ending) {
        case Exited(int status, int signal) -> new Exit(status, signal, null);
        case Lost(String reason) -> new Exit(0, 0, "its exit status is lost: " + reason);
        case Running r -> new Exit(0, 0, Exit.STILL_RUNNING);
      };
    } finally {
      lock.unlock();
    }
  }

  /** Process.waitFor. */
  public int waitFor() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (ending instanceof Running) {
        changed.await();
      }
      return status();
    } finally {
      lock.unlock();
    }
  }

  /** Process.waitFor. */
  public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
    long left = unit.toNanos(timeout);
    lock.lockInterruptibly();
    try {
      while (ending instanceof Running && left > 0) {
        left = changed.awaitNanos(left);
      }
      return !(ending instanceof Running);
    } finally {
      lock.unlock();
    }
  }

  /** Completes when it has ended; each call gives a future of its own. */
  public CompletableFuture<Child> onExit() {
    lock.lock();
    try {
      if (!(ending instanceof Running)) {
        return CompletableFuture.completedFuture(this);
      }
      if (exit == null) {
        exit = new CompletableFuture<>();
      }
      return exit.copy();
    } finally {
      lock.unlock();
    }
  }

  /** Closes its standard streams; what is buffered for it is thrown away. */
  public void discardStreams() {
    for (Closeable end : ends) {
      try {
        end.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Ends it and what descends from it. */
  public void killTree() throws IOException {
    tree.kill(this);
  }

  /** Is its pid still its own? It is until somebody has waited for its end. */
  boolean isUnwaited() throws IOException {
    lock.lock();
    try {
      return pidfd >= 0 && Children.isUnwaited(pidfd);
    } finally {
      lock.unlock();
    }
  }

  /** Sends a signal, through the pidfd; one that has ended gets none. */
  public void signal(int signal) throws IOException {
    lock.lock();
    try {
      if (pidfd >= 0) {
        Children.signal(pidfd, signal);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Its exit status for people. */
  @Override
  public String toString() {
    lock.lock();
    try {
      return switch (ending) {
        case Exited(int status, int signal) -> "pid=" + pid + ", exitValue=" + status;
        case Lost(String reason) -> "pid=" + pid + ", exit status lost";
        case Running r -> "pid=" + pid + ", running";
      };
    } finally {
      lock.unlock();
    }
  }
}
