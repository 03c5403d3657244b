// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import static io.github.noinherit.internal.ffi.Native.call;
import static io.github.noinherit.internal.ffi.Native.symbol;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.CallResult;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** Users by name, as the name service of this machine knows them (nsswitch.conf(5)). */
public final class Accounts {
  private static final int ERANGE = 34;

  /** Offsets in struct passwd (glibc's pwd.h) where a pointer has 8 bytes, and its size. */
  private static final int PW_UID = 16;

  private static final int PW_GID = 20;
  private static final int PASSWD = 48;

  private static final long LEAST_TEXT = 1024;
  private static final long MOST_TEXT = 1 << 20;
  private static final int MOST_GROUPS = 1 << 16;

  // int getpwnam_r(const char *name, struct passwd *entry, char *text, size_t size,
  //                struct passwd **result);                      returns the error number
  private static final MemorySegment getpwnam_r = symbol("getpwnam_r");
  // int getgrouplist(const char *user, gid_t group, gid_t *groups, int *count);   not in POSIX
  private static final MemorySegment getgrouplist = symbol("getgrouplist");

  private Accounts() {}

  /**
   * A user.
   *
   * @param groups all groups that the user is in, its own included
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record User(int uid, int gid, int[] groups) {}

  /**
   * Looks a user up.
   *
   * @return empty if there is none of this name
   * @throws SystemCallException if the name service fails
   */
  public static Optional<User> user(String name) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = CStrings.allocate(arena, name.getBytes(StandardCharsets.UTF_8));
      MemorySegment entry = arena.allocate(PASSWD, 8);
      MemorySegment result = arena.allocate(JAVA_LONG);
      int error = ERANGE;
      for (long size = LEAST_TEXT; error == ERANGE && size <= MOST_TEXT; size *= 4) {
        long buffer = arena.allocate(size).address();
        error =
            call(getpwnam_r, text.address(), entry.address(), buffer, size, result.address())
                .intValue();
      }
      if (error != 0) {
        throw new SystemCallException("getpwnam_r(\"" + name + "\")", error);
      }
      if (result.get(JAVA_LONG, 0) == 0) {
        return Optional.empty();
      }
      int gid = entry.get(JAVA_INT, PW_GID);
      return Optional.of(new User(entry.get(JAVA_INT, PW_UID), gid, groups(arena, text, gid)));
    }
  }

  private static int[] groups(Arena arena, MemorySegment name, int gid) {
    MemorySegment count = arena.allocateFrom(JAVA_INT, MOST_GROUPS);
    MemorySegment groups = arena.allocate(JAVA_INT, MOST_GROUPS);
    CallResult got = call(getgrouplist, name.address(), gid, groups.address(), count.address());
    int number = got.failed() ? MOST_GROUPS : got.intValue();
    return Arrays.copyOf(groups.toArray(JAVA_INT), number);
  }
}
