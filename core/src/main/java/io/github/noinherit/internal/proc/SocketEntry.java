// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.proc;

import java.net.InetSocketAddress;
import java.util.Optional;

/** A socket, as the tables of a network namespace have it. */
public sealed interface SocketEntry {
  /**
   * The inode, by which a descriptor's link names it; 0 for one that no descriptor has any more.
   */
  long inode();

  /** Protocols of {@link Inet}. */
  enum Protocol {
    /** Streams. */
    TCP,
    /** Datagrams. */
    UDP,
    /** Packets of IP. */
    RAW
  }

  /**
   * A socket of the Internet.
   *
   * @param isIpv6 was it made for IPv6
   * @param remote the wildcard address and port 0 if there is none
   * @param state as in include/net/tcp_states.h
   * @param isIpv6Only empty if the table does not say
   */
  record Inet(
      long inode,
      Protocol protocol,
      boolean isIpv6,
      InetSocketAddress local,
      InetSocketAddress remote,
      int state,
      int uid,
      Optional<Boolean> isIpv6Only)
      implements SocketEntry {}

  /**
   * A socket of this machine.
   *
   * @param type SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
   * @param name empty if it has none; one that begins with @ is abstract
   * @param peer the peer's inode; 0 if there is none; empty if the table does not say
   */
  record Unix(
      long inode,
      int type,
      boolean isListening,
      boolean isConnected,
      Optional<String> name,
      Optional<Long> peer)
      implements SocketEntry {}

  /**
   * A socket to the kernel.
   *
   * @param protocol NETLINK_ROUTE = 0 and so on (linux/netlink.h)
   * @param port its address, mostly a pid
   */
  record Netlink(long inode, int protocol, long port) implements SocketEntry {}

  /**
   * A socket to the network devices.
   *
   * @param protocol of Ethernet
   * @param device the device's index; 0 for all
   */
  record Packet(long inode, int type, int protocol, int device) implements SocketEntry {}
}
