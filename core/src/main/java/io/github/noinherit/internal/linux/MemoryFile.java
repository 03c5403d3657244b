// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import static io.github.noinherit.internal.ffi.Native.call;
import static io.github.noinherit.internal.ffi.Native.symbol;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.Posix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/*
 * Bytes as a file without a name, in memory, that nobody can change any more: memfd_create(2) and its
 * seals. It is born close-on-exec, and its offset is at the beginning.
 */
public final class MemoryFile {
  /** memfd_create flags: linux/memfd.h. The last is known from Linux 6.3 on. */
  private static final int MFD_CLOEXEC = 1;

  private static final int MFD_ALLOW_SEALING = 2;
  private static final int MFD_NOEXEC_SEAL = 8;

  /** fcntl: linux/fcntl.h. */
  private static final int F_ADD_SEALS = 1033;

  /** No more seals, no shrinking, growing, writing: linux/fcntl.h. */
  private static final int F_SEAL_SEAL = 1;

  private static final int F_SEAL_SHRINK = 2;
  private static final int F_SEAL_GROW = 4;
  private static final int F_SEAL_WRITE = 8;

  private static final String NAME = "noinherit-input";
  private static final int CHUNK = 1 << 16;

  // int memfd_create(const char *name, unsigned int flags);
  private static final MemorySegment memfd_create = symbol("memfd_create");
  // ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset);
  private static final MemorySegment pwrite64 = symbol("pwrite64");

  private MemoryFile() {}

  /**
   * Makes one.
   *
   * @return its descriptor, which the caller closes
   * @throws SystemCallException if there is no descriptor or no memory to be had
   */
  public static int of(byte[] bytes) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int fd = create(arena);
      try {
        write(arena, fd, bytes);
        Posix.fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
            .orThrow("fcntl(%d, F_ADD_SEALS, F_SEAL_SEAL|…)", fd);
        return fd;
      } catch (IOException | RuntimeException | Error e) {
        CallResult closed = Posix.close(fd);
        if (closed.failed()) {
          e.addSuppressed(new SystemCallException("close(" + fd + ")", closed.errno()));
        }
        throw e;
      }
    }
  }

  /**
   * Without the right to be executed, where the kernel knows that flag; where vm.memfd_noexec asks
   * for it, it must be given.
   */
  private static int create(Arena arena) throws SystemCallException {
    MemorySegment name = CStrings.allocate(arena, NAME.getBytes(StandardCharsets.US_ASCII));
    int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    CallResult made = call(memfd_create, name.address(), flags | MFD_NOEXEC_SEAL);
    if (made.failed() && made.errno() == Errno.EINVAL) {
      made = call(memfd_create, name.address(), flags);
    }
    return made.orThrow("memfd_create(\"%s\", MFD_CLOEXEC|MFD_ALLOW_SEALING)", NAME);
  }

  private static void write(Arena arena, int fd, byte[] bytes) throws SystemCallException {
    MemorySegment chunk = arena.allocate(Math.clamp(bytes.length, 1, CHUNK));
    int at = 0;
    while (at < bytes.length) {
      int length = (int) Math.min(chunk.byteSize(), bytes.length - at);
      MemorySegment.copy(bytes, at, chunk, JAVA_BYTE, 0, length);
      CallResult written = call(pwrite64, fd, chunk.address(), length, at);
      if (!written.failed()) {
        at += written.intValue();
      } else if (written.errno() != Errno.EINTR) {
        written.orThrow("pwrite(%d, %d bytes at %d)", fd, length, at);
      }
    }
  }
}
