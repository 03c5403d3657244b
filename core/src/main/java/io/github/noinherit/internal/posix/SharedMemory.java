// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.posix;

import static io.github.noinherit.internal.ffi.Native.call;
import static io.github.noinherit.internal.ffi.Native.symbol;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Native;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/** Memory that a child which has a copy of everything else still shares with its parent. */
public final class SharedMemory implements SegmentAllocator, AutoCloseable {
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int MAP_SHARED = 1;
  private static final int MAP_ANONYMOUS = 0x20;

  // void *mmap(void *address, size_t length, int prot, int flags, int fd, off_t offset);
  private static final MemorySegment mmap = symbol("mmap");
  // int munmap(void *address, size_t length);
  private static final MemorySegment munmap = symbol("munmap");

  private final MemorySegment memory;
  private final SegmentAllocator slices;

  /** Maps so many bytes, all zero. */
  public SharedMemory(long bytes) throws SystemCallException {
    CallResult mapped =
        call(mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mapped.value() == -1) {
      throw new SystemCallException(
          "mmap(NULL, " + bytes + ", PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0)",
          mapped.errno());
    }
    memory = Native.at(mapped.value(), bytes);
    slices = SegmentAllocator.slicingAllocator(memory);
  }

  @Override
  public MemorySegment allocate(long bytes, long alignment) {
    return slices.allocate(bytes, alignment);
  }

  /** Unmaps it; nothing that was allocated here may be used afterwards. */
  @Override
  public void close() {
    CallResult unmapped = call(munmap, memory.address(), memory.byteSize());
    if (unmapped.failed()) {
      throw new IllegalStateException(
          "munmap of memory of our own: " + Errno.describe(unmapped.errno()));
    }
  }
}
