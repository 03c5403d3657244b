// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.jdk.JdkText;
import io.github.noinherit.internal.posix.Posix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/*
 * A child in a cgroup of its own, in which all that descends from it is.
 *
 * The cgroup is removed when it is empty. That is mostly so when the child ends. If not, the reaper
 * watches the group's cgroup.events, which the kernel reports by an error event when it changes
 * (cgroups(7)); the file must have been read before. Such a watch costs one descriptor.
 */
final class CgroupTree implements Tree, PipeEnd.Listener {
  private static final int EVENTS_SIZE = 256;
  private static final int NONE = -1;
  private static final long PAUSE_NANOS = 200_000;

  /** Those that are watched: the reaper does not keep them from garbage. */
  private static final Set<CgroupTree> LEFT = ConcurrentHashMap.newKeySet();

  private final Path group;
  private int events = NONE;

  CgroupTree(Path group) {
    this.group = group;
  }

  @Override
  public void ended() throws IOException {
    boolean isGone = false;
    try {
      isGone = Cgroups.remove(group);
      while (!isGone && !isWatched()) {
        isGone = Cgroups.remove(group);
      }
    } finally {
      if (isGone) {
        LEFT.remove(this);
      }
    }
  }

  /** Asks to be told; false if the group has become empty meanwhile. */
  private boolean isWatched() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      String file = group + "/cgroup.events";
      MemorySegment path = CStrings.allocate(arena, JdkText.path(Path.of(file)));
      int fd = Posix.open(path, Posix.O_RDONLY | Posix.O_CLOEXEC, 0).orThrow("open(\"%s\")", file);
      try {
        MemorySegment text = arena.allocate(EVENTS_SIZE);
        Posix.read(fd, text, EVENTS_SIZE - 1L).orThrow("read(\"%s\")", file);
        if (!text.getString(0, StandardCharsets.US_ASCII).contains("populated 1")) {
          Children.close(fd);
          return false;
        }
        LEFT.add(this);
        events = fd;
        Reaper.running().watch(fd, this);
        return true;
      } catch (IOException | RuntimeException | Error e) {
        events = NONE;
        Children.close(fd);
        throw e;
      }
    }
  }

  /** Called by the reaper, once, when the group's events have changed. */
  @Override
  public void otherEndMayBeGone() {
    try {
      int fd = events;
      events = NONE;
      Children.close(fd);
      ended();
    } catch (IOException e) { // for the reaper thread's uncaught exception handler
      throw new UncheckedIOException("a child's cgroup stays", e);
    }
  }

  @Override
  public void kill(Child child) throws IOException {
    Cgroups.kill(group);
    long end = System.nanoTime() + END_NANOS;
    while (Cgroups.isPopulated(group) && System.nanoTime() < end) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
