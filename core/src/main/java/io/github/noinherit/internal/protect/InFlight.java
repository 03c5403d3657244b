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
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
 * After the change every accept of a covered library is an accept4, so a thread of its that is in
 * accept(2) came before: that is seen in /proc/self/task/TID/syscall (proc_pid_syscall(5)), and
 * whose it is on its stack, where the address is that accept returns to. Threads of other code are
 * left alone: EINTR may be news to them. A thread of the former kind is sent the signal with which
 * the JDK itself wakes threads out of system calls when it closes a channel (libnio,
 * NativeThread.c). Its handler does nothing; accept fails with EINTR, and the JDK calls it again,
 * now through the changed slot. The signal is sent only if its handler is libnio's.
 *
 * A thread may have read the old pointer and not be in the system call yet: as long as more threads
 * are in libnio's native methods of accept than libnio has in the call, it is looked again. Of a
 * virtual thread that is not seen; its socket is non-blocking, so it is between the two for a moment
 * only.
 *
 * Opening a file can block too (a FIFO that nobody writes to, a dead network server), and cannot be
 * told from one that came after the change. Whoever sits in the same call throughout is named.
 */
final class InFlight {
  private static final String NIO = "libnio.so";
  private static final File THREADS = new File("/proc/self/task");

  /** libnio's signal: __SIGRTMAX - 2, and __SIGRTMAX is 64 on Linux. */
  private static final int WAKE = 62;

  /** How much of a stack is looked at, in bytes: the frame of libc's accept is smaller. */
  private static final int NEAR = 256;

  /** A number, six arguments, stack pointer and counter, each of 64 bits in hexadecimal. */
  private static final int LONGEST_LINE = 256;

  private static final long LONGEST = TimeUnit.SECONDS.toNanos(1);

  private InFlight() {}

  /** A thread inside a system call. */
  private record Inside(int thread, String line) {}

  /**
   * What threads are seen in.
   *
   * @param accepting accept, so since before the change
   * @param ofNio how many are in accept or accept4, called by libnio
   * @param opening openat
   */
  private record Seen(List<Inside> accepting, int ofNio, List<Inside> opening) {}

  /**
   * Gets threads out of accept calls of before, and waits for it, at most a second.
   *
   * @return what could not be got out
   */
  static List<Uncovered> getOut(List<LoadedLibrary> covered) throws IOException {
    boolean interrupted = Thread.interrupted(); // it would cut every pause short
    try {
      return wakeAndWait(covered);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static List<Uncovered> wakeAndWait(List<LoadedLibrary> covered) throws IOException {
    if (read(new File(THREADS, Posix.getpid() + "/syscall")) == null) {
      return List.of(
          new Uncovered(
              "threads",
              "accept",
              "the kernel does not tell which call a thread is in: if one waits for a connection"
                  + " since before protection, that connection is inheritable"));
    }
    Seen first = look(covered);
    Seen seen = first;
    boolean mayWake = mayWake();
    long begin = System.nanoTime();
    int called = haveCalledAccept();
    while (((!seen.accepting().isEmpty() && mayWake) || seen.ofNio() < called)
        && System.nanoTime() - begin < LONGEST) {
      for (Inside i : mayWake ? seen.accepting() : List.<Inside>of()) {
        // It may have ended meanwhile (ESRCH): then it accepts nothing.
        Linux.tgkill(Posix.getpid(), i.thread(), WAKE);
      }
      pause();
      called = haveCalledAccept();
      seen = look(covered);
    }
    List<Uncovered> left = new ArrayList<>();
    int missing = called - seen.ofNio();
    if (missing > 0) {
      left.add(
          new Uncovered(
              missing + " threads",
              "accept",
              "were on the way into it before protection, and still are: the connection that each"
                  + " gets first may be inheritable"));
    }
    for (Inside i : seen.accepting()) {
      left.add(
          new Uncovered(
              "thread " + i.thread(),
              "accept",
              "waits in it since before protection: its next connection is inheritable"));
    }
    if (!first.opening().isEmpty()) {
      pause();
      List<Inside> still = new ArrayList<>(first.opening());
      still.retainAll(look(covered).opening());
      for (Inside i : still) {
        left.add(
            new Uncovered(
                "thread " + i.thread(),
                "openat",
                "was opening a file before protection and still is: that file is inheritable"));
      }
    }
    return left;
  }

  /**
   * How many threads are in the JDK's native methods of accept: before the system call, in it or
   * behind it. One before it may have read the old pointer.
   */
  private static int haveCalledAccept() {
    int count = 0;
    for (Thread t : JavaThreads.running()) {
      StackTraceElement[] frames = t.getStackTrace();
      if (frames.length > 0
          && frames[0].isNativeMethod()
          && frames[0].getClassName().startsWith("sun.nio.ch.")
          && frames[0].getMethodName().startsWith("accept")) {
        count++;
      }
    }
    return count;
  }

  private static boolean mayWake() throws IOException {
    long handler = Signals.handler(WAKE);
    String library = handler <= 1 ? null : DynamicLinker.libraryOf(handler);
    return library != null && library.endsWith("/" + NIO);
  }

  private static void pause() {
    try {
      Thread.sleep(2);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // getOut has put earlier ones aside
    }
  }

  private static Seen look(List<LoadedLibrary> covered) throws IOException {
    String accept = Syscall.ACCEPT.number(Platform.current()) + " ";
    String accept4 = Syscall.ACCEPT4.number(Platform.current()) + " ";
    String open = Syscall.OPENAT.number(Platform.current()) + " ";
    String[] threads = THREADS.list();
    if (threads == null) {
      throw new IOException("/proc/self/task cannot be read");
    }
    List<Inside> accepting = new ArrayList<>();
    List<Inside> opening = new ArrayList<>();
    int ofNio = 0;
    for (String t : threads) {
      String line = read(new File(THREADS, t + "/syscall"));
      if (line == null) {
        continue;
      }
      if (line.startsWith(accept) || line.startsWith(accept4)) {
        LoadedLibrary caller = caller(line, covered);
        ofNio += caller != null && caller.name().equals(NIO) ? 1 : 0;
        if (caller != null && line.startsWith(accept)) {
          accepting.add(new Inside(Integer.parseInt(t), line));
        }
      } else if (line.startsWith(open)) {
        opening.add(new Inside(Integer.parseInt(t), line));
      }
    }
    return new Seen(accepting, ofNio, opening);
  }

  /** That of these in which the address is that the call returns to, near the top of the stack. */
  private static @Nullable LoadedLibrary caller(String line, List<LoadedLibrary> libraries) {
    String[] words = line.strip().split(" ", -1); // number, arguments, stack pointer, counter
    long stack = Long.parseUnsignedLong(words[words.length - 2].substring(2), 16);
    byte[] top = new byte[NEAR];
    try (RandomAccessFile memory = new RandomAccessFile("/proc/self/mem", "r")) {
      memory.seek(stack);
      memory.readFully(top);
    } catch (IOException e) {
      return null; // the thread has ended, and its stack is gone
    }
    ByteBuffer words64 = ByteBuffer.wrap(top).order(ByteOrder.nativeOrder());
    while (words64.hasRemaining()) {
      long word = words64.getLong();
      for (LoadedLibrary l : libraries) {
        if (l.contains(word)) {
          return l;
        }
      }
    }
    return null;
  }

  /** The file's one line; null if the thread has ended, or the kernel does not tell. */
  private static @Nullable String read(File file) {
    byte[] line = new byte[LONGEST_LINE];
    try (FileInputStream in = new FileInputStream(file)) {
      int length = in.read(line); // all of it, as the kernel makes it anew for each read from 0
      return length <= 0 ? null : new String(line, 0, length, StandardCharsets.US_ASCII);
    } catch (IOException e) {
      return null;
    }
  }
}
