// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.Protection.Uncovered;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.linux.DynamicLinker;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.linux.Signals;
import io.github.noinherit.internal.linux.Syscall;
import io.github.noinherit.internal.posix.Posix;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/*
 * Threads that were already inside a system call that creates a descriptor when the slots were
 * changed. What such a call returns is inheritable, maybe long after the sweep: a server's thread
 * waits in accept(2) for its next client.
 *
 * After the change every accept is an accept4, so a thread in accept(2) came before it: that is
 * seen in /proc/self/task/TID/syscall (proc_pid_syscall(5)), without a doubt. Such a thread is sent
 * the signal with which the JDK itself wakes threads out of system calls when it closes a channel
 * (libnio, NativeThread.c). Its handler does nothing; accept fails with EINTR, and the JDK calls it
 * again, now through the changed slot. The signal is sent only if its handler is libnio's.
 *
 * Opening a file can block too (a FIFO that nobody writes to, a dead network server), and cannot be
 * told from one that came after the change. Whoever sits in the same call throughout is named.
 */
final class InFlight {
  private static final File THREADS = new File("/proc/self/task");

  /** libnio's signal: __SIGRTMAX - 2, and __SIGRTMAX is 64 on Linux. */
  private static final int WAKE = 62;

  private static final long LONGEST = TimeUnit.SECONDS.toNanos(1);

  private InFlight() {}

  /** A thread inside a system call. */
  private record Inside(int thread, String line) {}

  /**
   * Gets threads out of accept calls of before, and waits for it, at most a second.
   *
   * @return what could not be got out
   */
  static List<Uncovered> getOut() throws IOException {
    List<Inside> opening = new ArrayList<>();
    List<Inside> accepting = new ArrayList<>();
    look(accepting, opening);
    long begin = System.nanoTime();
    if (!accepting.isEmpty() && mayWake()) {
      while (!accepting.isEmpty() && System.nanoTime() - begin < LONGEST) {
        for (Inside i : accepting) {
          // It may have ended meanwhile (ESRCH): then it accepts nothing.
          Linux.tgkill(Posix.getpid(), i.thread(), WAKE);
        }
        pause();
        accepting.clear();
        look(accepting, new ArrayList<>());
      }
    }
    List<Uncovered> left = new ArrayList<>();
    for (Inside i : accepting) {
      left.add(
          new Uncovered(
              "thread " + i.thread(),
              "accept",
              "waits in it since before protection: its next connection is inheritable"));
    }
    if (!opening.isEmpty()) {
      pause();
      List<Inside> still = new ArrayList<>();
      look(new ArrayList<>(), still);
      opening.retainAll(still);
      for (Inside i : opening) {
        left.add(
            new Uncovered(
                "thread " + i.thread(),
                "openat",
                "was opening a file before protection and still is: that file is inheritable"));
      }
    }
    return left;
  }

  private static boolean mayWake() throws IOException {
    long handler = Signals.handler(WAKE);
    String library = handler <= 1 ? null : DynamicLinker.libraryOf(handler);
    return library != null && library.endsWith("/libnio.so");
  }

  private static void pause() {
    try {
      Thread.sleep(2);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      Thread.onSpinWait();
    }
  }

  private static void look(List<Inside> accepting, List<Inside> opening) throws IOException {
    String accept = Syscall.ACCEPT.number(Platform.current()) + " ";
    String open = Syscall.OPENAT.number(Platform.current()) + " ";
    String[] threads = THREADS.list();
    if (threads == null) {
      throw new IOException("/proc/self/task cannot be read");
    }
    for (String t : threads) {
      String line = read(new File(THREADS, t + "/syscall"));
      if (line != null && line.startsWith(accept)) {
        accepting.add(new Inside(Integer.parseInt(t), line));
      } else if (line != null && line.startsWith(open)) {
        opening.add(new Inside(Integer.parseInt(t), line));
      }
    }
  }

  /** The file's text; null if the thread has ended, or the kernel does not tell. */
  private static @Nullable String read(File file) {
    try (FileInputStream in = new FileInputStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      return null;
    }
  }
}
