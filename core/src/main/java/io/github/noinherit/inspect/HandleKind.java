// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What a handle is, with what there is to know about things of that kind. */
public sealed interface HandleKind {

  /** {@return one word for it, such as {@code file} or {@code tcp}; the same in each version} */
  String word();

  /** A regular file. */
  record RegularFile() implements HandleKind {
    @Override
    public String word() {
      return "file";
    }
  }

  /** A directory. */
  record Directory() implements HandleKind {
    @Override
    public String word() {
      return "dir";
    }
  }

  /**
   * An end of a pipe that has no name.
   *
   * @param inode the same for both ends
   */
  record Pipe(long inode) implements HandleKind {
    @Override
    public String word() {
      return "pipe";
    }
  }

  /** A pipe that has a name: {@code mkfifo}. */
  record Fifo() implements HandleKind {
    @Override
    public String word() {
      return "fifo";
    }
  }

  /** Which addresses a socket was made for. */
  enum Stack {
    /** IPv4. */
    IPV4,
    /** IPv6 and nothing else. */
    IPV6_ONLY,
    /** IPv6, and IPv4 by mapped addresses. */
    DUAL,
    /** IPv6; whether IPv4 too the kernel does not tell in this state or for this namespace. */
    IPV6
  }

  /** Where a TCP socket is in its life (tcp(7)), by the names that everybody uses. */
  enum TcpState {
    /** Connected. */
    ESTABLISHED,
    /** Connecting. */
    SYN_SENT,
    /** Being connected to. */
    SYN_RECV,
    /** We have closed first. */
    FIN_WAIT1,
    /** We have closed, the peer knows, and has not yet. */
    FIN_WAIT2,
    /** Over; no process has it any more. */
    TIME_WAIT,
    /** Bound at most. */
    CLOSE,
    /** The peer has closed, we have not. */
    CLOSE_WAIT,
    /** Both have closed, the peer does not know it yet. */
    LAST_ACK,
    /** Listening. */
    LISTEN,
    /** Both have closed at the same time. */
    CLOSING,
    /** Being connected to, before there is a socket for it. */
    NEW_SYN_RECV,
    /** Bound, and nothing else. */
    BOUND,
    /** Something newer than this version of noinherit. */
    UNKNOWN;

    private static final List<TcpState> BY_NUMBER = List.of(values());

    static TcpState of(int number) {
      return number >= 1 && number < BY_NUMBER.size() ? BY_NUMBER.get(number - 1) : UNKNOWN;
    }
  }

  /**
   * A TCP socket.
   *
   * @param state where it is in its life
   * @param local its address; the port is 0 if it has none
   * @param remote the peer's, if it is or was connected
   * @param stack which addresses it was made for
   * @param listeners of a listener: how many sockets listen at this address and port, itself
   *     included. More than one is a group of SO_REUSEPORT
   */
  record Tcp(
      TcpState state,
      InetSocketAddress local,
      Optional<InetSocketAddress> remote,
      Stack stack,
      int listeners)
      implements HandleKind {
    @Override
    public String word() {
      return "tcp";
    }

    /** Does it listen? */
    public boolean isListening() {
      return state == TcpState.LISTEN;
    }
  }

  /**
   * A UDP socket.
   *
   * @param local its address; the port is 0 if it has none
   * @param remote the one peer that it talks to, if it was connected
   * @param stack which addresses it was made for
   */
  record Udp(InetSocketAddress local, Optional<InetSocketAddress> remote, Stack stack)
      implements HandleKind {
    @Override
    public String word() {
      return "udp";
    }
  }

  /**
   * A raw socket of IP.
   *
   * @param protocol the number of the protocol, such as 1 for ICMP
   * @param local its address
   * @param stack which addresses it was made for
   */
  record Raw(int protocol, InetSocketAddress local, Stack stack) implements HandleKind {
    @Override
    public String word() {
      return "raw";
    }
  }

  /** Types of Unix sockets. */
  enum UnixType {
    /** SOCK_STREAM. */
    STREAM,
    /** SOCK_DGRAM. */
    DATAGRAM,
    /** SOCK_SEQPACKET. */
    SEQPACKET,
    /** Something newer than this version of noinherit. */
    UNKNOWN
  }

  /**
   * A Unix socket.
   *
   * @param type its type
   * @param isListening does it listen
   * @param name what it was bound to, as it was said then: a path, or {@code @} and an abstract
   *     name. Of an accepted connection it is the listener's
   * @param peer the inode of the socket at the other end, if it has one
   * @param isPeerKnown does the kernel tell the peer; it does for our own network namespace
   */
  record Unix(
      UnixType type,
      boolean isListening,
      Optional<String> name,
      OptionalLong peer,
      boolean isPeerKnown)
      implements HandleKind {
    @Override
    public String word() {
      return "unix";
    }

    /** Is it bound to an abstract name, so that there is no file? */
    public boolean isAbstract() {
      return name.isPresent() && name.get().startsWith("@");
    }
  }

  /**
   * A socket to the kernel.
   *
   * @param protocol NETLINK_ROUTE = 0 and so on
   * @param port its address, mostly the pid of who made it
   */
  record Netlink(int protocol, long port) implements HandleKind {
    @Override
    public String word() {
      return "netlink";
    }
  }

  /**
   * A socket to the network devices.
   *
   * @param protocol of Ethernet
   * @param device the index of the device; 0 for all
   */
  record Packet(int protocol, int device) implements HandleKind {
    @Override
    public String word() {
      return "packet";
    }
  }

  /**
   * A socket that is in no table that could be read: not bound yet, of a family without a table, or
   * of another network namespace than its holder's.
   *
   * @param protocol as the kernel calls it, such as TCP or VSOCK; empty if it does not say
   */
  record OtherSocket(String protocol) implements HandleKind {
    @Override
    public String word() {
      return "socket";
    }
  }

  /** eventfd(2). */
  record EventFd() implements HandleKind {
    @Override
    public String word() {
      return "eventfd";
    }
  }

  /**
   * epoll(7).
   *
   * @param watched the numbers that were put into it, as its owner named them then
   */
  record Epoll(List<Integer> watched) implements HandleKind {
    /** Copies the list. */
    public Epoll {
      watched = List.copyOf(watched);
    }

    @Override
    public String word() {
      return "epoll";
    }
  }

  /**
   * inotify(7).
   *
   * @param watches how many
   */
  record Inotify(int watches) implements HandleKind {
    @Override
    public String word() {
      return "inotify";
    }
  }

  /** timerfd_create(2). */
  record TimerFd() implements HandleKind {
    @Override
    public String word() {
      return "timerfd";
    }
  }

  /**
   * signalfd(2).
   *
   * @param mask bit 0 for signal 1
   */
  record SignalFd(long mask) implements HandleKind {
    @Override
    public String word() {
      return "signalfd";
    }
  }

  /**
   * pidfd_open(2).
   *
   * @param pid the process, as we number it; empty if it has ended or we cannot see it
   */
  record PidFd(OptionalLong pid) implements HandleKind {
    @Override
    public String word() {
      return "pidfd";
    }
  }

  /**
   * memfd_create(2).
   *
   * @param name for people
   */
  record MemFd(String name) implements HandleKind {
    @Override
    public String word() {
      return "memfd";
    }
  }

  /**
   * A device.
   *
   * @param isBlock a block device, such as a disk; else a character device, such as a terminal
   * @param major the number of its driver
   * @param minor its number there
   */
  record Device(boolean isBlock, int major, int minor) implements HandleKind {
    @Override
    public String word() {
      return isBlock ? "block" : "char";
    }
  }

  /**
   * A namespace (namespaces(7)).
   *
   * @param type such as {@code net}
   * @param inode its number
   */
  record Namespace(String type, long inode) implements HandleKind {
    @Override
    public String word() {
      return "namespace";
    }
  }

  /**
   * Something else of the kernel's that has no name of its own: bpf-map, perf_event, io_uring and
   * others.
   *
   * @param name as the kernel calls it
   */
  record Anonymous(String name) implements HandleKind {
    @Override
    public String word() {
      return name;
    }
  }

  /** Something newer than this version of noinherit, or a name without a file ({@code O_PATH}). */
  record Other() implements HandleKind {
    @Override
    public String word() {
      return "other";
    }
  }
}
