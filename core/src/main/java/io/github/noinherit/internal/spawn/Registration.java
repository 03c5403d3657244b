// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

/**
 * How a child makes itself known before it runs anything: it sends the kind and its pid, as one
 * line, through a socket.
 *
 * @param socket our end of the guardian's socket
 * @param kind what the guardian is to make of it
 * @param stillborn told the pid of a child that has registered, perhaps, and failed before it ran;
 *     its pid is not another's yet
 */
record Registration(int socket, Guardian.Kind kind, Stillborn stillborn) {
  /** Told of children that never ran. */
  interface Stillborn {
    void of(int pid);
  }
}
