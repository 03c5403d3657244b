// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.linux.ProcReader;
import io.github.noinherit.internal.linux.SocketQuery;
import io.github.noinherit.internal.proc.SocketEntry;
import io.github.noinherit.internal.proc.SocketEntry.Inet;
import io.github.noinherit.internal.proc.SocketEntry.Protocol;
import io.github.noinherit.internal.proc.SocketTables;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/*
 * The sockets of one network namespace, by inode.
 *
 * Of our own namespace sock_diag tells most: whether an IPv6 socket takes IPv4, the peer of a Unix
 * socket, sockets that are bound and nothing else (Linux 6.8), and it can look for one port. Where it
 * may not be asked (a seccomp filter, gVisor), and for a process in another namespace, there are the
 * tables in /proc/PID/net, which a process has of its own namespace.
 */
final class Sockets {
  private static final int LISTEN = 10;

  private enum Table {
    TCP,
    TCP6,
    UNIX,
    UDP,
    UDP6,
    NETLINK,
    RAW,
    RAW6,
    PACKET
  }

  private final Map<Long, SocketEntry> byInode = new HashMap<>();

  /**
   * How many listen at an address of IPv4. No record is the key here: the JDK puts together its
   * hashCode at the first call, which takes milliseconds in a JVM that starts.
   */
  private final Map<InetSocketAddress, Integer> listeners4 = new HashMap<>();

  /** The same of IPv6. */
  private final Map<InetSocketAddress, Integer> listeners6 = new HashMap<>();

  private Sockets() {}

  /** No sockets. */
  static Sockets none() {
    return new Sockets();
  }

  /**
   * Looks sockets up.
   *
   * @param pid a process in the namespace
   * @param wanted inodes; tables are read until all have been found
   */
  static Sockets of(ProcReader reader, int pid, Set<Long> wanted) throws IOException {
    Sockets sockets = new Sockets();
    if (wanted.isEmpty()) {
      return sockets;
    }
    boolean isOurs =
        Arrays.equals(reader.link("/proc/self/ns/net"), reader.link("/proc/" + pid + "/ns/net"));
    try (Query query = new Query(isOurs)) {
      for (Table table : Table.values()) {
        sockets.add(read(reader, query, pid, table));
        if (sockets.byInode.keySet().containsAll(wanted)) {
          break;
        }
      }
    }
    return sockets;
  }

  /** Sockets of our namespace that are at a local port. */
  static Sockets atPort(ProcReader reader, Protocol protocol, int port) throws IOException {
    Sockets sockets = new Sockets();
    try (Query query = new Query(true)) {
      for (boolean isIpv6 : new boolean[] {false, true}) {
        List<? extends SocketEntry> found = query.inet(protocol, isIpv6, port);
        if (found == null) {
          found = text(reader, "self", table(protocol, isIpv6));
        }
        List<SocketEntry> kept = new ArrayList<>();
        for (SocketEntry entry : found) {
          if (entry instanceof Inet inet && inet.local().getPort() == port) {
            kept.add(entry);
          }
        }
        sockets.add(kept);
      }
    }
    return sockets;
  }

  /** The Unix sockets of our namespace. */
  static Sockets unix(ProcReader reader) throws IOException {
    Sockets sockets = new Sockets();
    try (Query query = new Query(true)) {
      List<? extends SocketEntry> found = query.unix();
      sockets.add(found != null ? found : text(reader, "self", Table.UNIX));
    }
    return sockets;
  }

  private void add(List<? extends SocketEntry> entries) {
    for (SocketEntry entry : entries) {
      if (entry.inode() != 0) {
        byInode.put(entry.inode(), entry);
        if (entry instanceof Inet inet
            && inet.protocol() == Protocol.TCP
            && inet.state() == LISTEN) {
          Map<InetSocketAddress, Integer> listeners = inet.isIpv6() ? listeners6 : listeners4;
          listeners.put(inet.local(), listeners.getOrDefault(inet.local(), 0) + 1);
        }
      }
    }
  }

  /** The one with this inode. */
  @Nullable SocketEntry get(long inode) {
    return byInode.get(inode);
  }

  /** All of them. */
  List<SocketEntry> all() {
    return List.copyOf(byInode.values());
  }

  /** How many listen at the address of this one. */
  int listeners(Inet inet) {
    return (inet.isIpv6() ? listeners6 : listeners4).getOrDefault(inet.local(), 0);
  }

  private static Table table(Protocol protocol, boolean isIpv6) {
    return switch (protocol) {
      case TCP -> isIpv6 ? Table.TCP6 : Table.TCP;
      case UDP -> isIpv6 ? Table.UDP6 : Table.UDP;
      case RAW -> isIpv6 ? Table.RAW6 : Table.RAW;
    };
  }

  private static List<? extends SocketEntry> read(
      ProcReader reader, Query query, int pid, Table table) throws IOException {
    List<? extends SocketEntry> asked =
        switch (table) {
          case TCP -> query.inet(Protocol.TCP, false, 0);
          case TCP6 -> query.inet(Protocol.TCP, true, 0);
          case UDP -> query.inet(Protocol.UDP, false, 0);
          case UDP6 -> query.inet(Protocol.UDP, true, 0);
          case UNIX -> query.unix();
          case NETLINK, RAW, RAW6, PACKET -> null;
        };
    return asked != null ? asked : text(reader, Integer.toString(pid), table);
  }

  private static List<? extends SocketEntry> text(ProcReader reader, String pid, Table table)
      throws IOException {
    String name = table.name().toLowerCase(java.util.Locale.ROOT);
    byte[] text = reader.read("/proc/" + pid + "/net/" + name);
    if (text == null) {
      return List.of(); // the process has ended, or this kernel has no such sockets
    }
    return switch (table) {
      case TCP -> SocketTables.inet(Protocol.TCP, false, text, text.length);
      case TCP6 -> SocketTables.inet(Protocol.TCP, true, text, text.length);
      case UDP -> SocketTables.inet(Protocol.UDP, false, text, text.length);
      case UDP6 -> SocketTables.inet(Protocol.UDP, true, text, text.length);
      case RAW -> SocketTables.inet(Protocol.RAW, false, text, text.length);
      case RAW6 -> SocketTables.inet(Protocol.RAW, true, text, text.length);
      case UNIX -> SocketTables.unix(text, text.length);
      case NETLINK -> SocketTables.netlink(text, text.length);
      case PACKET -> SocketTables.packet(text, text.length);
    };
  }

  /** sock_diag while it answers; null instead of an answer where it does not. */
  private static final class Query implements AutoCloseable {
    private @Nullable SocketQuery query;

    Query(boolean isOurs) {
      if (isOurs) {
        try {
          query = new SocketQuery();
        } catch (SystemCallException e) {
          query = null; // no failure: the tables in /proc are read instead
        }
      }
    }

    @Nullable List<SocketEntry> inet(Protocol protocol, boolean isIpv6, int port)
        throws IOException {
      SocketQuery q = query;
      try {
        return q == null ? null : q.inet(protocol, isIpv6, port);
      } catch (SystemCallException e) {
        return null; // this kernel lacks the module for it: the table in /proc is read instead
      }
    }

    @Nullable List<SocketEntry> unix() throws IOException {
      SocketQuery q = query;
      try {
        return q == null ? null : q.unix();
      } catch (SystemCallException e) {
        return null; // as above
      }
    }

    @Override
    public void close() {
      SocketQuery q = query;
      if (q != null) {
        q.close();
      }
    }
  }
}
