// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

/**
 * A descriptor whose close-on-exec flag the sweep has set, and what it named then: it is given its
 * flag back only if it still names that.
 *
 * @param fd the descriptor
 * @param device st_dev
 * @param inode st_ino
 * @param access how it was opened: O_RDONLY, O_WRONLY or O_RDWR, which tells the ends of a pipe
 * @param id the kernel's number of an eventfd, which share one inode; 0 for anything else
 */
record SweptFlag(int fd, long device, long inode, int access, long id) {}
