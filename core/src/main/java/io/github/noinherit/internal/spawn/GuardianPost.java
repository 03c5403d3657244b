// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/*
 * Keeps one guardian at its post: when it ends another takes its place, and is told what the first
 * one knew. From the end of the one to the start of the other, a few milliseconds, nobody is there;
 * a parent that dies in just that time leaves its children. While there is none to be had (no more
 * processes may be started, say) it is tried again and again, the first failure is told to the
 * thread's uncaught exception handler, and children that should end with this process are not started.
 */
final class GuardianPost {
  private static final int MOST_TRIES = 5;
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final String script;
  private final List<String> arguments;
  private final Consumer<Guardian> handOver;
  private volatile @Nullable Guardian current;

  /**
   * A post.
   *
   * @param handOver tells a new guardian all it must know; it is {@link #current} already
   */
  GuardianPost(String script, List<String> arguments, Consumer<Guardian> handOver) {
    this.script = script;
    this.arguments = List.copyOf(arguments);
    this.handOver = handOver;
  }

  /** The last that was started. */
  @Nullable Guardian current() {
    return current;
  }

  /** A guardian that is there, as far as anybody knows. */
  synchronized Guardian guardian() throws IOException {
    Guardian guardian = current;
    if (guardian != null && guardian.isAlive()) {
      return guardian;
    }
    Guardian fresh = start();
    current = fresh;
    handOver.accept(fresh);
    if (!fresh.tellAll()) {
      fresh.kill();
      throw new IOException("the new guardian, process " + fresh.pid() + ", does not listen");
    }
    return fresh;
  }

  /** One that somebody kills at once, as he kills others, is no reason to give up. */
  private Guardian start() throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        return Guardian.start(script, arguments, this::ended);
      } catch (Guardian.EndedAtOnce e) {
        if (tries == MOST_TRIES) {
          throw e;
        }
      }
    }
  }

  private void ended() {
    Thread thread =
        Thread.ofPlatform()
            .name("noinherit-guardian")
            .daemon()
            .inheritInheritableThreadLocals(false)
            .unstarted(this::replace);
    thread.setContextClassLoader(null);
    thread.start();
  }

  private void replace() {
    boolean told = false;
    while (true) {
      try {
        Births.during(this::guardian);
        return;
      } catch (IOException | RuntimeException e) {
        if (!told) {
          Thread thread = Thread.currentThread();
          thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
          told = true;
        }
      }
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException e) { // nobody has this thread to interrupt it
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
