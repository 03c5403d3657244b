// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

/**
 * One entry of a process's descriptor table, as the kernel tells it.
 *
 * @param number the descriptor
 * @param closeOnExec whether exec closes it
 * @param flags the open flags as fdinfo shows them, close-on-exec included
 * @param device {@code st_dev} of what is open
 * @param inode {@code st_ino} of what is open; all epoll and eventfd descriptors share one inode
 * @param link what /proc/PID/fd/NUMBER points at: a path, {@code socket:[4711]}, …
 */
public record Descriptor(
    int number, boolean closeOnExec, int flags, long device, long inode, String link) {

  /** Whether both name the same file, socket or pipe (not: the same open file description). */
  public boolean sameFile(Descriptor other) {
    return device == other.device && inode == other.inode && link.equals(other.link);
  }

  @Override
  public String toString() {
    return "%d -> %s (%s, flags 0%o, %d:%d)"
        .formatted(
            number, link, closeOnExec ? "close-on-exec" : "inheritable", flags, device, inode);
  }
}
