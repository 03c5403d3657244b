// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.handle.AboveStandard;
import io.github.noinherit.internal.handle.AtomicOpen;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.posix.Environ;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.spawn.ProcessTable.Entry;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/*
 * Children over a restart in place. They stay children of this process, as it keeps its pid, but
 * nobody in the new program waits for them: each would be a zombie when it ends, for as long as the
 * process lives.
 *
 * So the new program takes them up. They are those children of its process that are older than the
 * oldest of its threads: exec ended all threads of the old program, and the first one keeps the start
 * time of the process, so it does not count. A list from the old program would lack what its other
 * threads had started last.
 *
 * A variable of the environment says that there was a restart: a shell that started something and then
 * became java by exec has children like that, too, which are none of ours. It names the guardian of
 * children that end with their parent. That is waited for, as it ends when it has done its work, and is
 * nobody's business.
 *
 * The pid of a child for which nobody has waited is no other process'; that it is a child of ours, with
 * that start time, is looked at after its pidfd was opened.
 */
public final class FormerChildren {
  /** The pid of the guardian, or 0. */
  public static final String VARIABLE = "NOINHERIT_CHILDREN";

  private static final Path THREADS = Path.of("/proc/self/task");

  private FormerChildren() {}

  /** Says to the next program that there was one before it. */
  static void note(Environment environment) {
    environment.put(VARIABLE, Long.toString(KillWithParent.guardian().orElse(0)));
  }

  /** The children that the program before this one has left, watched from now on. Called once. */
  public static List<Child> takeUp() throws IOException {
    List<Child> children = new ArrayList<>();
    String guardian = Environ.value(VARIABLE);
    if (guardian.isEmpty()) {
      return children;
    }
    long oldest = startOfOldestThread();
    for (Entry entry : ProcessTable.now().childrenOf(Posix.getpid())) {
      Child child = entry.startTime() <= oldest ? take(entry) : null;
      if (child != null && !guardian.equals(Integer.toString(child.pid()))) {
        children.add(child);
      }
    }
    return children;
  }

  /** In clock ticks since the machine started; of those that this program has started. */
  private static long startOfOldestThread() throws IOException {
    long oldest = Long.MAX_VALUE;
    String first = Integer.toString(Posix.getpid());
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
      for (Path thread : threads) {
        if (!thread.getFileName().toString().equals(first)) {
          oldest = Math.min(oldest, start(thread));
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return oldest;
  }

  /** Of one that has ended meanwhile: never. */
  private static long start(Path thread) throws IOException {
    try (FileInputStream in = new FileInputStream(thread + "/stat")) {
      return Entry.parse(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1)).startTime();
    } catch (IOException e) {
      if (Files.exists(thread)) {
        throw e;
      }
      return Long.MAX_VALUE;
    }
  }

  private static @Nullable Child take(Entry entry) throws IOException {
    int pid = entry.pid();
    CallResult opened = Linux.pidfd_open(pid, 0);
    if (opened.failed() && opened.errno() == Errno.ESRCH) {
      return null;
    }
    int pidfd = AboveStandard.move(opened.orThrow("pidfd_open(%d, 0)", pid));
    try {
      boolean isOurs =
          Children.isUnwaited(pidfd)
              && ProcessTable.of(pid)
                  .filter(now -> now.isSameProcess(entry) && now.parent() == Posix.getpid())
                  .isPresent();
      if (!isOurs) {
        Children.close(pidfd);
        return null;
      }
      boolean leads = entry.group() == pid;
      Child child =
          new Child(
              new Executor.Started(pid, pidfd),
              StandardStreams.nobodyToWriteTo(),
              StandardStreams.nothingToRead(),
              StandardStreams.nothingToRead(),
              new LinkedTree(pid, leads));
      Reaper.running().watch(child);
      return child;
    } catch (IOException | RuntimeException | Error e) {
      AtomicOpen.close(pidfd, e);
      throw e;
    }
  }
}
