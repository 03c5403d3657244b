// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/*
 * A message that carries descriptors: struct msghdr with one byte of data and one control message of
 * type SCM_RIGHTS (unix(7), cmsg(3)). On 64-bit Linux:
 *
 *   msghdr   { void *name; u32 namelen; iovec *iov; size_t iovlen; void *control;
 *              size_t controllen; int flags; }                                  56 bytes
 *   iovec    { void *base; size_t len; }                                        16 bytes
 *   cmsghdr  { size_t len; int level; int type; } and the descriptors, 4 bytes each, padded to 8
 */
public final class HandleMessage {
  /** Most descriptors in one message: SCM_MAX_FD (include/net/scm.h). */
  public static final int MOST = 253;

  private static final int MSGHDR = 56;
  private static final int IOVEC = 16;
  private static final int CMSGHDR = 16;

  private HandleMessage() {}

  /** CMSG_SPACE(4 * count). */
  static long controlSpace(int count) {
    return CMSGHDR + (4L * count + 7) / 8 * 8;
  }

  /** A message that carries descriptors. */
  public static MemorySegment outgoing(SegmentAllocator allocator, int[] descriptors) {
    MemorySegment message = empty(allocator, descriptors.length);
    MemorySegment control = control(message, descriptors.length);
    control.set(JAVA_LONG, 0, CMSGHDR + 4L * descriptors.length);
    control.set(JAVA_INT, 8, Posix.SOL_SOCKET);
    control.set(JAVA_INT, 12, Posix.SCM_RIGHTS);
    for (int i = 0; i < descriptors.length; i++) {
      control.set(JAVA_INT, CMSGHDR + 4L * i, descriptors[i]);
    }
    return message;
  }

  /**
   * A datagram to an address: data, and descriptors or none.
   *
   * @param address struct sockaddr_un, as long as it is
   */
  public static MemorySegment datagram(
      SegmentAllocator allocator, MemorySegment address, MemorySegment data, int[] descriptors) {
    MemorySegment message = outgoing(allocator, descriptors);
    message.set(JAVA_LONG, 0, address.address());
    message.set(JAVA_INT, 8, (int) address.byteSize());
    MemorySegment iovec = MemorySegment.ofAddress(message.get(JAVA_LONG, 16)).reinterpret(IOVEC);
    iovec.set(JAVA_LONG, 0, data.address());
    iovec.set(JAVA_LONG, 8, data.byteSize());
    if (descriptors.length == 0) {
      message.set(JAVA_LONG, 40, 0); // no control message at all
    }
    return message;
  }

  /** Room for a message that carries descriptors. */
  public static MemorySegment empty(SegmentAllocator allocator, int count) {
    MemorySegment message = allocator.allocate(MSGHDR, 8);
    MemorySegment iovec = allocator.allocate(IOVEC, 8);
    MemorySegment data = allocator.allocate(8, 8);
    iovec.set(JAVA_LONG, 0, data.address());
    iovec.set(JAVA_LONG, 8, 1);
    message.set(JAVA_LONG, 16, iovec.address());
    message.set(JAVA_LONG, 24, 1);
    message.set(JAVA_LONG, 32, allocator.allocate(controlSpace(count), 8).address());
    message.set(JAVA_LONG, 40, controlSpace(count));
    return message;
  }

  /** The descriptors in a message that was received into {@link #empty} room. */
  public static int[] received(MemorySegment message, int count) {
    MemorySegment control = control(message, count);
    long length = message.get(JAVA_LONG, 40);
    if (length < CMSGHDR
        || control.get(JAVA_INT, 8) != Posix.SOL_SOCKET
        || control.get(JAVA_INT, 12) != Posix.SCM_RIGHTS) {
      return new int[0];
    }
    int present = (int) ((control.get(JAVA_LONG, 0) - CMSGHDR) / 4);
    int[] descriptors = new int[Math.min(present, count)];
    for (int i = 0; i < descriptors.length; i++) {
      descriptors[i] = control.get(JAVA_INT, CMSGHDR + 4L * i);
    }
    return descriptors;
  }

  private static MemorySegment control(MemorySegment message, int count) {
    return MemorySegment.ofAddress(message.get(JAVA_LONG, 32)).reinterpret(controlSpace(count));
  }
}
