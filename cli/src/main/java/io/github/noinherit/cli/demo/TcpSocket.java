// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.util.Optional;

/**
 * One line of {@code /proc/net/tcp} or {@code /proc/net/tcp6}.
 *
 * @param localPort the port on this side
 * @param remotePort the port of the other side; 0 for a listener
 * @param state the state, by the name that {@code ss} and the RFCs give it
 * @param waiting for a listener, the connections that nobody has accepted yet; else unread bytes
 * @param inode the number of the socket; 0 if no process holds it
 */
record TcpSocket(int localPort, int remotePort, String state, int waiting, long inode) {
  /** Reads a line; empty for the heading. The format is told in the kernel's proc_net_tcp.rst. */
  static Optional<TcpSocket> parse(String line) {
    String[] words = line.strip().split("\\s+", -1);
    if (words.length < 10 || words[0].equals("sl")) {
      return Optional.empty();
    }
    String rxQueue = words[4].substring(words[4].indexOf(':') + 1);
    return Optional.of(
        new TcpSocket(
            port(words[1]),
            port(words[2]),
            stateName(Integer.parseInt(words[3], 16)),
            Integer.parseUnsignedInt(rxQueue, 16),
            Long.parseLong(words[9])));
  }

  boolean isListener() {
    return state.equals("LISTEN");
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1), 16);
  }

  /** The names of the enum in the kernel's net/tcp_states.h, without the TCP_. */
  private static String stateName(int number) {
    return switch (number) {
      case 1 -> "ESTABLISHED";
      case 2 -> "SYN_SENT";
      case 3 -> "SYN_RECV";
      case 4 -> "FIN_WAIT1";
      case 5 -> "FIN_WAIT2";
      case 6 -> "TIME_WAIT";
      case 7 -> "CLOSE";
      case 8 -> "CLOSE_WAIT";
      case 9 -> "LAST_ACK";
      case 10 -> "LISTEN";
      case 11 -> "CLOSING";
      case 12 -> "NEW_SYN_RECV";
      default -> "state " + number;
    };
  }
}
