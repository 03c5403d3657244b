// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

/**
 * A handle that this process was given and that nobody has adopted yet, as {@link Inherited#all()}
 * lists it. A look, not a hold: it may be adopted by somebody else meanwhile.
 *
 * @param name the name under which it was given; {@code "unknown"} if it has none
 * @param number the descriptor; 0 for the socket of inetd
 * @param kind what it is, as the kernel says
 * @param isNonBlocking is O_NONBLOCK set on the open file description, by whoever has it
 */
public record InheritedHandle(String name, int number, Kind kind, boolean isNonBlocking) {
  /** What can be adopted, by the method of that name. */
  public enum Kind {
    /** A stream socket that listens: {@link Inherited#serverSocket(String)}. */
    SERVER_SOCKET,
    /** A connection: {@link Inherited#socket(String)}. */
    SOCKET,
    /** An Internet datagram socket: {@link Inherited#datagram(String)}. */
    DATAGRAM,
    /** A pipe end that can be read: {@link Inherited#source(String)}. */
    SOURCE,
    /** A pipe end that can be written: {@link Inherited#sink(String)}. */
    SINK,
    /** A file or device: {@link Inherited#file(String)}. */
    FILE,
    /** Something for which Java has no channel. */
    OTHER
  }
}
