// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.jdk.JdkText;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.posix.SharedMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/*
 * Where a child is born: in which memory, and in which control group.
 *
 * Memory. A child shares its parent's memory, which makes its birth cheap, unless it is to change its
 * user or groups: commit_creds (kernel/cred.c) makes the memory of who does that non-dumpable, and
 * would do so to the JVM's, for good: no core dump, no debugger, /proc/PID owned by root. Such a child
 * gets a copy of the memory, as by fork(2), so its birth costs the more the more memory the JVM has
 * in use. The list of steps, into which the child writes its results, and its report are then in
 * memory that is shared all the same.
 *
 * Control group. clone3 puts the child into it (CLONE_INTO_CGROUP, Linux 5.7), so there is no moment
 * at which it is elsewhere.
 */

/**
 * The memory and the control group of a child that is about to be born.
 *
 * @param cgroup an open directory of cgroup v2, or -1 for the parent's
 * @param shared what a child with memory of its own shares; null if it shares all
 */
record Birthplace(int cgroup, @Nullable SharedMemory shared) implements AutoCloseable {
  /** In its parent's memory and control group. */
  static final Birthplace PARENTS = new Birthplace(-1, null);

  /** Room for 190,000 steps; what is not touched takes no memory. */
  private static final long LIST_AND_REPORT = 1 << 24;

  /**
   * Opens what a child needs for its birth.
   *
   * @param canBeBornIn can it be born in another cgroup than its parent's?
   */
  static Birthplace of(Surroundings wanted, boolean canBeBornIn) throws IOException {
    Path directory = canBeBornIn ? wanted.cgroup() : null;
    if (directory == null && wanted.identity() == null) {
      return PARENTS;
    }
    int cgroup = directory == null ? -1 : open(directory);
    try {
      return new Birthplace(
          cgroup, wanted.identity() == null ? null : new SharedMemory(LIST_AND_REPORT));
    } catch (IOException | RuntimeException | Error e) {
      if (cgroup >= 0) {
        Children.close(cgroup);
      }
      throw e;
    }
  }

  private static int open(Path directory) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return Posix.open(
              CStrings.allocate(arena, JdkText.path(directory)), Linux.O_PATH | Posix.O_CLOEXEC, 0)
          .orThrow("open(\"%s\", O_PATH)", directory);
    }
  }

  boolean isInParentsMemory() {
    return shared == null;
  }

  /** Where the list of steps and the report must be. */
  SegmentAllocator memory(Arena arena) {
    return shared == null ? arena : shared;
  }

  @Override
  public void close() throws IOException {
    if (shared != null) {
      shared.close();
    }
    if (cgroup >= 0) {
      Children.close(cgroup);
    }
  }
}
