// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.noinherit.internal.ffi.Platform;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/**
 * Pure: struct epoll_event (linux/eventpoll.h), { u32 events; u64 data; }, which is packed on
 * x86-64 and nowhere else. The data is a descriptor or another small number.
 */
public final class EpollEvent {
  private static final ValueLayout.OfLong DATA = ValueLayout.JAVA_LONG_UNALIGNED;

  private EpollEvent() {}

  /** sizeof(struct epoll_event). */
  public static int size(Platform platform) {
    return platform == Platform.LINUX_X86_64 ? 12 : 16;
  }

  static int dataOffset(Platform platform) {
    return platform == Platform.LINUX_X86_64 ? 4 : 8;
  }

  /** One event on this platform. */
  public static MemorySegment allocate(SegmentAllocator allocator, int events, long data) {
    Platform platform = Platform.current();
    MemorySegment event = allocator.allocate(size(platform), 8);
    event.set(JAVA_INT, 0, events);
    event.set(DATA, dataOffset(platform), data);
    return event;
  }

  /** The data of the event at an index of an array. */
  public static long data(MemorySegment events, int index) {
    Platform platform = Platform.current();
    return events.get(DATA, (long) index * size(platform) + dataOffset(platform));
  }
}
