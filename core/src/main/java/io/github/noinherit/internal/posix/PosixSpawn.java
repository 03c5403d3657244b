// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.posix;

import static io.github.noinherit.internal.ffi.Native.call;
import static io.github.noinherit.internal.ffi.Native.find;
import static io.github.noinherit.internal.ffi.Native.symbol;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.noinherit.internal.ffi.CallResult;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/*
 * posix_spawn(3) and its file actions. The two actions that POSIX does not have, but glibc, end in
 * _np. These functions return the error number instead of setting errno.
 */
public final class PosixSpawn {
  /** sizeof(posix_spawn_file_actions_t) is 80, of posix_spawnattr_t 336 (glibc's spawn.h). */
  private static final int FILE_ACTIONS = 80;

  private static final int ATTRIBUTES = 336;
  private static final int SIGSET = 128;

  /** Put the child into a process group of its own: 0, unless set otherwise (glibc's spawn.h). */
  public static final int POSIX_SPAWN_SETPGROUP = 0x02;

  /** Put the child into a session of its own (glibc's spawn.h; POSIX.1-2024). */
  public static final int POSIX_SPAWN_SETSID = 0x80;

  /** Set the child's signal mask (glibc's spawn.h). */
  private static final int POSIX_SPAWN_SETSIGMASK = 0x08;

  // int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
  //                 const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]);
  private static final MemorySegment posix_spawn = symbol("posix_spawn");
  // int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions);
  private static final MemorySegment init = symbol("posix_spawn_file_actions_init");
  // int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions);
  private static final MemorySegment destroy = symbol("posix_spawn_file_actions_destroy");
  // int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int new);
  private static final MemorySegment adddup2 = symbol("posix_spawn_file_actions_adddup2");
  // int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *actions, int fd);
  private static final MemorySegment addclose = symbol("posix_spawn_file_actions_addclose");
  // int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *actions, int fd,
  //                                      const char *path, int flags, mode_t mode);
  private static final MemorySegment addopen = symbol("posix_spawn_file_actions_addopen");
  // int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions,
  //                                          const char *path);   glibc 2.29
  private static final @Nullable MemorySegment addchdir =
      find("posix_spawn_file_actions_addchdir_np");
  // int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
  //                                                                  glibc 2.34
  private static final @Nullable MemorySegment addclosefrom =
      find("posix_spawn_file_actions_addclosefrom_np");
  // int posix_spawnattr_init(posix_spawnattr_t *attributes);
  private static final MemorySegment attrInit = symbol("posix_spawnattr_init");
  // int posix_spawnattr_destroy(posix_spawnattr_t *attributes);
  private static final MemorySegment attrDestroy = symbol("posix_spawnattr_destroy");
  // int posix_spawnattr_setflags(posix_spawnattr_t *attributes, short flags);
  private static final MemorySegment attrSetflags = symbol("posix_spawnattr_setflags");
  // int posix_spawnattr_setsigmask(posix_spawnattr_t *attributes, const sigset_t *mask);
  private static final MemorySegment attrSetsigmask = symbol("posix_spawnattr_setsigmask");

  private PosixSpawn() {}

  /** Why this C library's posix_spawn cannot be used, or null. */
  public static @Nullable String objection() {
    return addclosefrom == null || addchdir == null
        ? "this C library has no posix_spawn_file_actions_addclosefrom_np; glibc has it from 2.34"
            + " on"
        : null;
  }

  /** What a child does between its birth and its exec, in order. */
  public static final class Actions implements AutoCloseable {
    private final MemorySegment actions;
    private int error;

    /** No actions yet. */
    public Actions(Arena arena) {
      actions = arena.allocate(FILE_ACTIONS, 16);
      note(call(init, actions.address()));
    }

    private void note(CallResult result) {
      if (error == 0) {
        error = result.intValue();
      }
    }

    /** dup2; with equal numbers it clears the close-on-exec flag (glibc 2.29). */
    public void dup2(int from, int to) {
      note(call(adddup2, actions.address(), from, to));
    }

    /** close; a number that is not open is no failure. */
    public void close(int fd) {
      note(call(addclose, actions.address(), fd));
    }

    /** open, at a number. */
    public void open(int fd, MemorySegment path, int flags, int mode) {
      note(call(addopen, actions.address(), fd, path.address(), flags, mode));
    }

    /** chdir. */
    public void chdir(MemorySegment path) {
      if (addchdir == null) {
        throw new UnsupportedOperationException(objection());
      }
      note(call(addchdir, actions.address(), path.address()));
    }

    /** Close everything from a number on. */
    public void closeFrom(int fd) {
      if (addclosefrom == null) {
        throw new UnsupportedOperationException(objection());
      }
      note(call(addclosefrom, actions.address(), fd));
    }

    /** Spawns with no signal blocked, and these flags: 0, or the error number. */
    public int spawn(
        int flags, MemorySegment pid, MemorySegment path, MemorySegment argv, MemorySegment envp) {
      if (error != 0) {
        return error;
      }
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment attributes = arena.allocate(ATTRIBUTES, 16);
        note(call(attrInit, attributes.address()));
        note(call(attrSetflags, attributes.address(), POSIX_SPAWN_SETSIGMASK | flags));
        note(call(attrSetsigmask, attributes.address(), arena.allocate(SIGSET, 8).address()));
        int result =
            error != 0
                ? error
                : call(
                        posix_spawn,
                        pid.address(),
                        path.address(),
                        actions.address(),
                        attributes.address(),
                        argv.address(),
                        envp.address())
                    .intValue();
        call(attrDestroy, attributes.address());
        return result;
      }
    }

    @Override
    public void close() {
      call(destroy, actions.address());
    }
  }

  /** The pid that {@link Actions#spawn} left. */
  public static int pid(MemorySegment pid) {
    return pid.get(JAVA_INT, 0);
  }
}
