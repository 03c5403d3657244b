// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.proc.FileFacts;
import io.github.noinherit.internal.stub.SystemCalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/*
 * Files of /proc, and all there is to know about single descriptors, in batches.
 *
 * A descriptor is looked at so: its link, its fdinfo, statx of what is open, and its link again. If
 * the two texts differ, another thing was put under the number meanwhile, and it is looked at anew;
 * if a call says that it is not there, it was closed. Files opened here for that are never taken for
 * descriptors of our own: the folder that lists them is in the list, and closed before the first
 * look; and between the first and the second look all that was opened is closed again.
 */
public final class ProcReader implements AutoCloseable {
  /**
   * A descriptor, as it was found.
   *
   * @param link the bytes of the link's text
   * @param info the text of its fdinfo
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Raw(int number, byte[] link, byte[] info, FileFacts facts) {}

  private static final int BATCH = 64;
  private static final int TRIES = 20;
  private static final int PATH_MAX = 4096;
  private static final int INFO = 2048;
  private static final int NAME = 64;
  private static final int O_RDONLY = 0;
  private static final int O_CLOEXEC = 02000000;
  private static final int AT_STATX_DONT_SYNC = 0x4000;
  private static final int STATX_BASIC = 0x7ff;
  private static final int KCMP_FILE = 0;
  private static final int CHUNK = 32 * 1024;

  /** struct linux_dirent64 (getdents64(2)). */
  private static final int DIRENT_LENGTH = 16;

  private static final int DIRENT_NAME = 19;
  private static final byte[] PROTOCOL = "system.sockprotoname\0".getBytes(US_ASCII);

  private final Arena arena = Arena.ofConfined();
  private final Platform platform = Platform.current();
  private final SystemCalls calls = new SystemCalls(arena, BATCH * 4);
  private final MemorySegment names = arena.allocate(BATCH * NAME * 2L);
  private final MemorySegment links = arena.allocate(BATCH * PATH_MAX * 2L);
  private final MemorySegment infos = arena.allocate((long) BATCH * INFO);
  private final MemorySegment facts = arena.allocate((long) BATCH * FileFacts.SIZE, 8);
  private final MemorySegment chunk = arena.allocate(CHUNK, 8);

  private int add(Syscall call, long a0, long a1, long a2, long a3, long a4) {
    return calls.add(call.number(platform), a0, a1, a2, a3, a4);
  }

  private long once(Syscall call, long a0, long a1, long a2, long a3, long a4) {
    calls.clear();
    int place = add(call, a0, a1, a2, a3, a4);
    calls.make();
    return calls.result(place);
  }

  /** Writes a path into one of the places for names, and returns its address. */
  private long name(int place, String path) {
    byte[] bytes = (path + "\0").getBytes(US_ASCII);
    if (bytes.length > NAME) {
      throw new IllegalArgumentException(path);
    }
    MemorySegment.copy(bytes, 0, names, JAVA_BYTE, (long) place * NAME, bytes.length);
    return names.address() + (long) place * NAME;
  }

  private static boolean isGone(long result) {
    return result == -Errno.ENOENT || result == -Errno.ESRCH;
  }

  /** The whole of a file of /proc; null if there is none, as its process has ended. */
  public byte @Nullable [] read(String path) throws IOException {
    long fd = once(Syscall.OPENAT, Linux.AT_FDCWD, name(0, path), O_RDONLY | O_CLOEXEC, 0, 0);
    if (isGone(fd)) {
      return null;
    }
    check(fd, "open(\"%s\", O_RDONLY|O_CLOEXEC)", path);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try {
      while (true) {
        long length = once(Syscall.READ, fd, chunk.address(), CHUNK, 0, 0);
        if (isGone(length)) {
          return null;
        }
        check(length, "read of %s", path);
        if (length == 0) {
          return text.toByteArray();
        }
        text.write(chunk.asSlice(0, length).toArray(JAVA_BYTE), 0, (int) length);
      }
    } finally {
      once(Syscall.CLOSE, fd, 0, 0, 0, 0);
    }
  }

  /**
   * The first bytes of a short file of each of several processes; null for those that have ended or
   * may not be read.
   */
  public List<byte @Nullable []> readEach(int[] pids, String file) {
    List<byte @Nullable []> texts = new ArrayList<>();
    for (int from = 0; from < pids.length; from += BATCH) {
      int count = Math.min(BATCH, pids.length - from);
      calls.clear();
      for (int i = 0; i < count; i++) {
        long path = name(i, "/proc/" + pids[from + i] + "/" + file);
        add(Syscall.OPENAT, Linux.AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0, 0);
      }
      calls.make();
      long[] fds = results(count);
      readAndClose(fds);
      for (int i = 0; i < count; i++) {
        long length = fds[i] < 0 ? -1 : calls.result(i);
        texts.add(length < 0 ? null : bytes(infos, (long) i * INFO, (int) length));
      }
    }
    return texts;
  }

  /** Adds read and close for each, and makes the calls; the lengths are the first results. */
  private void readAndClose(long[] fds) {
    calls.clear();
    for (int i = 0; i < fds.length; i++) {
      add(Syscall.READ, fds[i], infos.address() + (long) i * INFO, INFO, 0, 0);
    }
    for (long fd : fds) {
      if (fd >= 0) {
        add(Syscall.CLOSE, fd, 0, 0, 0, 0);
      }
    }
    calls.make();
  }

  private long[] results(int count) {
    long[] results = new long[count];
    for (int i = 0; i < count; i++) {
      results[i] = calls.result(i);
    }
    return results;
  }

  private static byte[] bytes(MemorySegment from, long at, int length) {
    return from.asSlice(at, length).toArray(JAVA_BYTE);
  }

  private static void check(long result, String call, Object... arguments)
      throws SystemCallException {
    if (result < 0) {
      throw new SystemCallException(String.format(call, arguments), (int) -result);
    }
  }

  /** The text of a link of /proc; null if it is not there, or may not be read. */
  public byte @Nullable [] link(String path) {
    long length =
        once(Syscall.READLINKAT, Linux.AT_FDCWD, name(0, path), links.address(), PATH_MAX, 0);
    return length < 0 ? null : bytes(links, 0, (int) length);
  }

  /** What statx says of a path; null if it leads nowhere, or may not be followed. */
  public @Nullable FileFacts facts(String path) {
    byte[] bytes = (path + "\0").getBytes(StandardCharsets.UTF_8);
    if (bytes.length > PATH_MAX) {
      return null;
    }
    MemorySegment.copy(bytes, 0, chunk, JAVA_BYTE, 0, bytes.length);
    long to = facts.address();
    long result =
        once(Syscall.STATX, Linux.AT_FDCWD, chunk.address(), AT_STATX_DONT_SYNC, STATX_BASIC, to);
    return result < 0 ? null : FileFacts.read(bytes(facts, 0, FileFacts.SIZE), 0);
  }

  /** The pids of all processes that we can see. */
  public int[] processes() throws IOException {
    int[] pids = numbers("/proc");
    if (pids == null) {
      throw new SystemCallException("open(\"/proc\", O_RDONLY|O_CLOEXEC)", Errno.ENOENT);
    }
    return pids;
  }

  /**
   * The descriptors that a process has, in order; null if it has ended.
   *
   * @throws SystemCallException if we may not know
   */
  public int @Nullable [] descriptors(int pid) throws IOException {
    return numbers("/proc/" + pid + "/fd");
  }

  private int @Nullable [] numbers(String folder) throws IOException {
    long fd = once(Syscall.OPENAT, Linux.AT_FDCWD, name(0, folder), O_RDONLY | O_CLOEXEC, 0, 0);
    if (isGone(fd)) {
      return null;
    }
    check(fd, "open(\"%s\", O_RDONLY|O_CLOEXEC)", folder);
    int[] found = new int[256];
    int count = 0;
    try {
      while (true) {
        long length = once(Syscall.GETDENTS64, fd, chunk.address(), CHUNK, 0, 0);
        if (isGone(length)) {
          return null;
        }
        check(length, "getdents64 of %s", folder);
        if (length == 0) {
          break;
        }
        byte[] d = bytes(chunk, 0, (int) length);
        for (int at = 0; at < length; ) {
          int number = number(d, at + DIRENT_NAME);
          if (number >= 0) {
            found = count < found.length ? found : Arrays.copyOf(found, 2 * count);
            found[count++] = number;
          }
          at += (d[at + DIRENT_LENGTH] & 0xff) | (d[at + DIRENT_LENGTH + 1] & 0xff) << 8;
        }
      }
    } finally {
      once(Syscall.CLOSE, fd, 0, 0, 0, 0);
    }
    int[] all = Arrays.copyOf(found, count);
    Arrays.sort(all);
    return all;
  }

  private static int number(byte[] text, int from) {
    int number = 0;
    for (int i = from; text[i] != 0; i++) {
      if (text[i] < '0' || text[i] > '9') {
        return -1;
      }
      number = number * 10 + text[i] - '0';
    }
    return number;
  }

  /**
   * Looks at descriptors of a process.
   *
   * @return those that are open, in the order asked for
   * @throws SystemCallException if we may not
   */
  public List<Raw> look(int pid, int[] descriptors) throws IOException {
    List<Raw> found = new ArrayList<>();
    for (int from = 0; from < descriptors.length; from += BATCH) {
      int[] batch =
          Arrays.copyOfRange(descriptors, from, Math.min(from + BATCH, descriptors.length));
      for (int tries = 0; batch.length > 0; tries++) {
        int[] changed = lookOnce(pid, batch, found);
        if (tries == TRIES && changed.length > 0) {
          throw new IOException(
              "/proc/"
                  + pid
                  + "/fd/"
                  + changed[0]
                  + " was another thing each time it was looked at");
        }
        batch = changed;
      }
    }
    found.sort((a, b) -> Integer.compare(a.number(), b.number()));
    return found;
  }

  private int[] lookOnce(int pid, int[] batch, List<Raw> found) throws IOException {
    int n = batch.length;
    calls.clear();
    String folder = "/proc/" + pid + "/fd/";
    for (int i = 0; i < n; i++) {
      name(i, folder + batch[i]);
      name(BATCH + i, "/proc/" + pid + "/fdinfo/" + batch[i]);
      addLink(i, i);
    }
    for (int i = 0; i < n; i++) {
      long to = facts.address() + (long) i * FileFacts.SIZE;
      add(Syscall.STATX, Linux.AT_FDCWD, path(i), AT_STATX_DONT_SYNC, STATX_BASIC, to);
    }
    for (int i = 0; i < n; i++) {
      add(Syscall.OPENAT, Linux.AT_FDCWD, path(BATCH + i), O_RDONLY | O_CLOEXEC, 0, 0);
    }
    calls.make();
    long[] first = results(3 * n);
    long[] fds = Arrays.copyOfRange(first, 2 * n, 3 * n);
    readAndClose(fds);
    long[] lengths = results(n);
    calls.clear();
    for (int i = 0; i < n; i++) {
      addLink(i, BATCH + i);
    }
    calls.make();
    long[] second = results(n);
    int[] changed = new int[n];
    int changes = 0;
    for (int i = 0; i < n; i++) {
      if (isGone(first[i]) || isGone(first[n + i]) || isGone(fds[i]) || isGone(second[i])) {
        continue; // closed, or the process has ended
      }
      check(first[i], "readlink(\"%s%d\")", folder, batch[i]);
      check(first[n + i], "statx(\"%s%d\")", folder, batch[i]);
      check(fds[i], "open(\"/proc/%d/fdinfo/%d\", O_RDONLY|O_CLOEXEC)", pid, batch[i]);
      if (isGone(lengths[i])) {
        continue;
      }
      check(lengths[i], "read of /proc/%d/fdinfo/%d", pid, batch[i]);
      byte[] link = bytes(links, (long) i * PATH_MAX, (int) first[i]);
      if (second[i] != first[i]
          || !Arrays.equals(link, bytes(links, (long) (BATCH + i) * PATH_MAX, (int) second[i]))) {
        changed[changes++] = batch[i];
        continue;
      }
      byte[] info = bytes(infos, (long) i * INFO, (int) lengths[i]);
      if (lengths[i] == INFO) {
        byte[] whole = readInfo(pid, batch[i]);
        info = whole != null ? whole : info;
      }
      byte[] statx = bytes(facts, (long) i * FileFacts.SIZE, FileFacts.SIZE);
      found.add(new Raw(batch[i], link, info, FileFacts.read(statx, 0)));
    }
    return Arrays.copyOf(changed, changes);
  }

  /** A long one, as of an epoll set with many members. Uses the places of names anew. */
  private byte @Nullable [] readInfo(int pid, int fd) throws IOException {
    byte[] whole = read("/proc/" + pid + "/fdinfo/" + fd);
    name(0, "/proc/" + pid + "/fd/" + fd);
    return whole;
  }

  private long path(int place) {
    return names.address() + (long) place * NAME;
  }

  private void addLink(int i, int to) {
    long buffer = links.address() + (long) to * PATH_MAX;
    add(Syscall.READLINKAT, Linux.AT_FDCWD, path(i), buffer, PATH_MAX, 0);
  }

  /** The protocol of a socket, such as TCP or UNIX-STREAM; null if it cannot be had. */
  public @Nullable String protocol(int pid, int fd) {
    long path = name(0, "/proc/" + pid + "/fd/" + fd);
    MemorySegment.copy(PROTOCOL, 0, names, JAVA_BYTE, NAME, PROTOCOL.length);
    long length = once(Syscall.GETXATTR, path, names.address() + NAME, chunk.address(), NAME, 0);
    if (length <= 1) {
      return null;
    }
    return new String(bytes(chunk, 0, (int) length - 1), US_ASCII);
  }

  /**
   * kcmp(2) of two descriptors: 0 if both are the same open file description, 1, 2 or 3 if they are
   * not, or an errno made negative.
   */
  public int compare(int pid, int fd, int otherPid, int otherFd) {
    return (int) once(Syscall.KCMP, pid, otherPid, KCMP_FILE, fd, otherFd);
  }

  /** {@link #compare} of one descriptor with each of several, in few downcalls. */
  public int[] compareWithEach(int pid, int fd, int[] otherPids, int[] otherFds) {
    int[] orders = new int[otherPids.length];
    for (int from = 0; from < orders.length; from += BATCH) {
      int count = Math.min(BATCH, orders.length - from);
      calls.clear();
      for (int i = 0; i < count; i++) {
        add(Syscall.KCMP, pid, otherPids[from + i], KCMP_FILE, fd, otherFds[from + i]);
      }
      calls.make();
      for (int i = 0; i < count; i++) {
        orders[from + i] = (int) calls.result(i);
      }
    }
    return orders;
  }

  @Override
  public void close() {
    arena.close();
  }
}
