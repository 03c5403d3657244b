// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.proc;

import io.github.noinherit.internal.proc.SocketEntry.Inet;
import io.github.noinherit.internal.proc.SocketEntry.Netlink;
import io.github.noinherit.internal.proc.SocketEntry.Packet;
import io.github.noinherit.internal.proc.SocketEntry.Protocol;
import io.github.noinherit.internal.proc.SocketEntry.Unix;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The tables in /proc/PID/net (proc_pid_net(5)): one heading, then a line for each socket. */
public final class SocketTables {
  /** __SO_ACCEPTCON: include/uapi/linux/net.h. */
  private static final int ACCEPTS = 0x10000;

  /** SS_CONNECTED: include/uapi/linux/net.h. */
  private static final int CONNECTED = 3;

  private SocketTables() {}

  /** The file of a protocol's table. */
  public static String file(Protocol protocol, boolean isIpv6) {
    String name =
        switch (protocol) {
          case TCP -> "tcp";
          case UDP -> "udp";
          case RAW -> "raw";
        };
    return isIpv6 ? name + "6" : name;
  }

  /** tcp, tcp6, udp, udp6, raw, raw6. */
  public static List<Inet> inet(Protocol protocol, boolean isIpv6, byte[] text, int length)
      throws ProcFormatException {
    String what = "/proc/net/" + file(protocol, isIpv6);
    List<Inet> sockets = new ArrayList<>();
    Lines lines = new Lines(text, length);
    lines.next();
    while (lines.next()) {
      Words w = lines.words(what, 0);
      w.number(10);
      w.skip(':');
      InetSocketAddress local = address(w, isIpv6);
      InetSocketAddress remote = address(w, isIpv6);
      int state = w.integer(16);
      w.skip(3); // queues, timer, retransmissions
      int uid = w.integer(10);
      w.skip(); // timeout
      long inode = w.number(10);
      sockets.add(new Inet(inode, protocol, isIpv6, local, remote, state, uid, Optional.empty()));
    }
    return sockets;
  }

  /** Words of 32 bits as the machine has them, little endian on all machines known here. */
  private static InetSocketAddress address(Words w, boolean isIpv6) throws ProcFormatException {
    byte[] bytes = new byte[isIpv6 ? 16 : 4];
    w.isAtEnd();
    for (int word = 0; word < bytes.length; word += 4) {
      long value = w.digits(16, 8);
      for (int i = 0; i < 4; i++) {
        bytes[word + i] = (byte) (value >> (8 * i));
      }
    }
    w.skip(':');
    long port = w.digits(16, 4);
    return inet(bytes, (int) port);
  }

  static InetSocketAddress inet(byte[] address, int port) {
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), port);
    } catch (UnknownHostException e) {
      throw new AssertionError("an address of 4 or 16 bytes", e);
    }
  }

  /** unix. */
  public static List<Unix> unix(byte[] text, int length) throws ProcFormatException {
    List<Unix> sockets = new ArrayList<>();
    Lines lines = new Lines(text, length);
    lines.next();
    while (lines.next()) {
      Words w = lines.words("/proc/net/unix", 0);
      w.skip(3); // address, references, protocol
      int flags = w.integer(16);
      int type = w.integer(16);
      int state = w.integer(16);
      long inode = w.number(10);
      String name = w.rest();
      sockets.add(
          new Unix(
              inode,
              type,
              (flags & ACCEPTS) != 0,
              state == CONNECTED,
              name.isEmpty() ? Optional.empty() : Optional.of(name),
              Optional.empty()));
    }
    return sockets;
  }

  /** netlink. */
  public static List<Netlink> netlink(byte[] text, int length) throws ProcFormatException {
    List<Netlink> sockets = new ArrayList<>();
    Lines lines = new Lines(text, length);
    lines.next();
    while (lines.next()) {
      Words w = lines.words("/proc/net/netlink", 0);
      w.skip(); // address
      int protocol = w.integer(10);
      long port = w.number(10);
      w.skip(6); // groups, memory, dump, locks, drops
      sockets.add(new Netlink(w.number(10), protocol, port));
    }
    return sockets;
  }

  /** packet. */
  public static List<Packet> packet(byte[] text, int length) throws ProcFormatException {
    List<Packet> sockets = new ArrayList<>();
    Lines lines = new Lines(text, length);
    lines.next();
    while (lines.next()) {
      Words w = lines.words("/proc/net/packet", 0);
      w.skip(2); // address, references
      int type = w.integer(10);
      int protocol = w.integer(16);
      int device = w.integer(10);
      w.skip(3); // running, memory, user
      sockets.add(new Packet(w.number(10), type, protocol, device));
    }
    return sockets;
  }
}
