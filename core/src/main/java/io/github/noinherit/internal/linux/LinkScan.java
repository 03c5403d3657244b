// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.proc.FileFacts;
import io.github.noinherit.internal.stub.SystemCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/*
 * Every descriptor of many processes, by as few downcalls as can be.
 *
 * A program that starts is interpreted: a downcall costs some twenty microseconds, and so does
 * little else than the system calls themselves, if each batch of them is one downcall and their
 * arguments and results are copied as a whole. So a group of processes is looked at together:
 *
 *   1. openat(/proc/PID/fd) of all of them;
 *   2. getdents64 of all of them, into a buffer each;
 *   3. readlinkat or statx of all names found, some hundreds in a batch;
 *   4. again from 2 for those that have more names than one buffer holds;
 *   5. close of all of them.
 *
 * Memory does not grow with the number of descriptors: who visits keeps what it wants.
 *
 * Races. A process may end at any of these calls (ENOENT, ESRCH) and a descriptor may be closed
 * between 2 and 3 (ENOENT): then it is not visited, which is no error. A pid may be given anew
 * between two groups, not inside one: the folder that is open is the old process's.
 *
 * A listing by procfs fills the buffer as long as another name fits into it (fs/proc/fd.c,
 * proc_readfd_common), so one that leaves room for another name is the last.
 */
public final class LinkScan implements AutoCloseable {
  /** What is asked about each descriptor. */
  public enum Question {
    /** The link's text: its first bytes. */
    LINK,
    /** struct statx of what is open; a server that does not answer is not asked. */
    STATUS
  }

  /** Gets the answers. */
  public interface Visitor {
    /**
     * A descriptor.
     *
     * @param answers where the answer is, valid during the call
     * @param length of a link's text; {@link #LONGEST} for one that may be longer
     */
    void descriptor(int pid, int fd, byte[] answers, int from, int length);

    /** A process that we may not look at; told once for each. */
    void refused(int pid, int errno);
  }

  /** The most of a link's text that is read. */
  public static final int LONGEST = 64;

  /** How many processes are looked at together. */
  public static final int GROUP = 16;

  private static final int NAMES = 512;
  private static final int DIRENTS = 8 * 1024;

  /** Room for "/proc/2147483647/fd" and a NUL. */
  private static final int PATH = 24;

  /** struct linux_dirent64: u64 ino; s64 off; u16 length; u8 type; char name[] (getdents64(2)). */
  private static final int DIRENT_LENGTH = 16;

  private static final int DIRENT_NAME = 19;

  /** More than the entry of any number takes: 19 + 10 digits + NUL, aligned to 8. */
  private static final int LARGEST_ENTRY = 32;

  private static final int O_RDONLY = 0;
  private static final int O_CLOEXEC = 02000000;
  private static final int AT_STATX_DONT_SYNC = 0x4000;
  private static final int STATX_BASIC = 0x7ff;

  private static final byte[] PROC = "/proc/".getBytes(US_ASCII);
  private static final byte[] FD = "/fd".getBytes(US_ASCII);

  private final Arena arena = Arena.ofConfined();
  private final Platform platform = Platform.current();
  private final Question question;
  private final int slot;
  private final SystemCalls calls = new SystemCalls(arena, NAMES);
  private final MemorySegment paths = arena.allocate((long) GROUP * PATH);
  private final MemorySegment dirents = arena.allocate((long) GROUP * DIRENTS, 8);
  private final MemorySegment answers;
  private final byte[] pathBytes = new byte[GROUP * PATH];
  private final byte[] direntBytes = new byte[DIRENTS];
  private final byte[] answerBytes;
  private final int[] owners = new int[NAMES];
  private final int[] numbers = new int[NAMES];

  private final int[] pids = new int[GROUP];
  private final long[] folders = new long[GROUP];
  private final boolean[] isRefused = new boolean[GROUP];
  private int count;

  /** Room for a thread of its own. */
  public LinkScan(Question question) {
    this.question = question;
    slot = question == Question.LINK ? LONGEST : FileFacts.SIZE;
    answers = arena.allocate((long) NAMES * slot, 8);
    answerBytes = new byte[NAMES * slot];
  }

  /**
   * Looks at some processes.
   *
   * @throws SystemCallException if this process may open no more files
   */
  public void visit(int[] processes, int from, int end, Visitor visitor) throws IOException {
    for (int at = from; at < end; at += GROUP) {
      count = Math.min(GROUP, end - at);
      System.arraycopy(processes, at, pids, 0, count);
      try {
        open(visitor);
        visitGroup(visitor);
      } finally {
        close(folders, count);
      }
    }
  }

  private void open(Visitor visitor) throws SystemCallException {
    Arrays.fill(folders, -1);
    Arrays.fill(isRefused, false);
    for (int i = 0; i < count; i++) {
      int at = i * PATH;
      System.arraycopy(PROC, 0, pathBytes, at, PROC.length);
      int end = decimal(pids[i], pathBytes, at + PROC.length);
      System.arraycopy(FD, 0, pathBytes, end, FD.length);
      pathBytes[end + FD.length] = 0;
    }
    MemorySegment.copy(pathBytes, 0, paths, JAVA_BYTE, 0, pathBytes.length);
    calls.clear();
    int flags = O_RDONLY | O_CLOEXEC;
    for (int i = 0; i < count; i++) {
      add(Syscall.OPENAT, Linux.AT_FDCWD, paths.address() + (long) i * PATH, flags, 0, 0);
    }
    calls.make();
    int failed = 0;
    for (int i = 0; i < count; i++) {
      folders[i] = calls.result(i);
      int errno = (int) -folders[i];
      if (errno == Errno.EMFILE || errno == Errno.ENFILE || errno == Errno.ENOMEM) {
        failed = errno;
      } else if (errno > 0) {
        told(i, errno, visitor);
      }
    }
    if (failed != 0) {
      throw new SystemCallException("openat(\"/proc/PID/fd\", O_RDONLY|O_CLOEXEC)", failed);
    }
  }

  /** A failed call about a process: it has ended, or we may not look at it. */
  private void told(int i, int errno, Visitor visitor) {
    if (errno != Errno.ENOENT && errno != Errno.ESRCH && !isRefused[i]) {
      isRefused[i] = true;
      visitor.refused(pids[i], errno);
    }
  }

  private void visitGroup(Visitor visitor) {
    boolean[] isOpen = new boolean[count];
    int open = 0;
    for (int i = 0; i < count; i++) {
      isOpen[i] = folders[i] >= 0;
      open += isOpen[i] ? 1 : 0;
    }
    int[] places = new int[count];
    long[] lengths = new long[count];
    while (open > 0) {
      calls.clear();
      for (int i = 0; i < count; i++) {
        if (isOpen[i]) {
          places[i] =
              add(
                  Syscall.GETDENTS64,
                  folders[i],
                  dirents.address() + (long) i * DIRENTS,
                  DIRENTS,
                  0,
                  0);
        }
      }
      calls.make();
      for (int i = 0; i < count; i++) {
        lengths[i] = isOpen[i] ? calls.result(places[i]) : 0;
      }
      calls.clear();
      for (int i = 0; i < count; i++) {
        if (lengths[i] < 0) {
          told(i, (int) -lengths[i], visitor);
        }
        if (lengths[i] > 0) {
          names(i, (int) lengths[i], visitor);
        }
        if (isOpen[i] && lengths[i] < DIRENTS - LARGEST_ENTRY) {
          isOpen[i] = false;
          open--;
        }
      }
      ask(visitor);
    }
  }

  private void names(int i, int length, Visitor visitor) {
    byte[] d = direntBytes;
    int buffer = i * DIRENTS;
    MemorySegment.copy(dirents, JAVA_BYTE, buffer, d, 0, length);
    for (int at = 0; at < length; ) {
      int name = at + DIRENT_NAME;
      if (d[name] != '.') {
        int number = 0;
        for (int digit = name; d[digit] != 0; digit++) {
          number = number * 10 + d[digit] - '0';
        }
        if (!calls.hasRoom()) {
          ask(visitor);
        }
        int place = calls.count();
        owners[place] = i;
        numbers[place] = number;
        long to = answers.address() + (long) place * slot;
        long path = dirents.address() + buffer + name;
        if (question == Question.LINK) {
          add(Syscall.READLINKAT, folders[i], path, to, slot, 0);
        } else {
          add(Syscall.STATX, folders[i], path, AT_STATX_DONT_SYNC, STATX_BASIC, to);
        }
      }
      at += (d[at + DIRENT_LENGTH] & 0xff) | (d[at + DIRENT_LENGTH + 1] & 0xff) << 8;
    }
  }

  /** Makes the calls that were added, tells their answers, and begins anew. */
  private void ask(Visitor visitor) {
    int asked = calls.count();
    if (asked == 0) {
      return;
    }
    calls.make();
    MemorySegment.copy(answers, JAVA_BYTE, 0, answerBytes, 0, asked * slot);
    for (int place = 0; place < asked; place++) {
      int result = (int) calls.result(place);
      if (result >= 0) {
        visitor.descriptor(pids[owners[place]], numbers[place], answerBytes, place * slot, result);
      } else {
        told(owners[place], -result, visitor);
      }
    }
    calls.clear();
  }

  private int add(Syscall call, long a0, long a1, long a2, long a3, long a4) {
    return calls.add(call.number(platform), a0, a1, a2, a3, a4);
  }

  private void close(long[] fds, int number) {
    calls.clear();
    for (int i = 0; i < number; i++) {
      if (fds[i] >= 0) {
        add(Syscall.CLOSE, fds[i], 0, 0, 0, 0);
      }
    }
    calls.make(); // of a folder of procfs that was only read: close has nothing to report
    calls.clear();
  }

  /** Writes a number, and returns where it ends. */
  static int decimal(int number, byte[] to, int at) {
    int digits = 1;
    for (int rest = number; rest >= 10; rest /= 10) {
      digits++;
    }
    int rest = number;
    for (int i = at + digits - 1; i >= at; i--) {
      to[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return at + digits;
  }

  @Override
  public void close() {
    arena.close();
  }
}
