// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import io.github.noinherit.inspect.HandleInfo.Access;
import io.github.noinherit.inspect.HandleKind.Stack;
import io.github.noinherit.inspect.HandleKind.TcpState;
import io.github.noinherit.inspect.HandleKind.UnixType;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.linux.ProcReader;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.proc.FdInfo;
import io.github.noinherit.internal.proc.FileFacts;
import io.github.noinherit.internal.proc.LinkText;
import io.github.noinherit.internal.proc.SocketEntry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What was read about descriptors of one process, as records for people. */
final class Describer {
  private static final int S_IFSOCK = 0140000;
  private static final int S_IFREG = 0100000;
  private static final int S_IFBLK = 0060000;
  private static final int S_IFDIR = 0040000;
  private static final int S_IFCHR = 0020000;
  private static final int S_IFIFO = 0010000;
  private static final String MEMFD = "/memfd:";

  private final ProcReader reader;
  private final int pid;
  private final @Nullable Sockets known;

  /**
   * For the descriptors of one process.
   *
   * @param known sockets that were looked up already; null to look those of the process up
   */
  Describer(ProcReader reader, int pid, @Nullable Sockets known) {
    this.reader = reader;
    this.pid = pid;
    this.known = known;
  }

  /** Describes them, in the same order. */
  List<HandleInfo> describe(List<ProcReader.Raw> all) throws IOException {
    List<LinkText> links = new ArrayList<>();
    Set<Long> sockets = new HashSet<>();
    for (ProcReader.Raw raw : all) {
      LinkText link = LinkText.parse(raw.link(), raw.link().length);
      links.add(link);
      if (link instanceof LinkText.Numbered n && n.type().equals("socket")) {
        sockets.add(n.inode());
      }
    }
    Sockets tables = known != null ? known : Sockets.of(reader, pid, sockets);
    List<HandleInfo> infos = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      infos.add(describe(all.get(i), links.get(i), tables));
    }
    return infos;
  }

  private HandleInfo describe(ProcReader.Raw raw, LinkText link, Sockets tables)
      throws IOException {
    FdInfo info = FdInfo.parse(raw.info(), raw.info().length);
    FileFacts facts = raw.facts();
    boolean isDeleted = link instanceof LinkText.FilePath p && isDeleted(p, facts);
    String target =
        isDeleted && link instanceof LinkText.FilePath p
            ? p.withoutRemark()
            : new String(raw.link(), StandardCharsets.UTF_8);
    return new HandleInfo(
        raw.number(),
        kind(raw.number(), link, info, facts, tables),
        target,
        access(info.flags()),
        info.flags() & ~Posix.O_CLOEXEC,
        (info.flags() & Posix.O_CLOEXEC) == 0,
        isDeleted,
        facts.device(),
        facts.inode(),
        Optional.empty());
  }

  /** The remark may be part of a name: then the name with it leads to the same file. */
  private boolean isDeleted(LinkText.FilePath path, FileFacts facts) {
    if (!path.mayBeDeleted()) {
      return false;
    }
    FileFacts named = facts.links() == 0 ? null : reader.facts(path.path());
    return named == null || !named.isSameFile(facts);
  }

  static Access access(int flags) {
    if ((flags & Linux.O_PATH) != 0) {
      return Access.NONE;
    }
    return switch (flags & (Posix.O_WRONLY | Posix.O_RDWR)) {
      case Posix.O_RDONLY -> Access.READ;
      case Posix.O_WRONLY -> Access.WRITE;
      default -> Access.READ_WRITE;
    };
  }

  private HandleKind kind(int number, LinkText link, FdInfo info, FileFacts facts, Sockets tables) {
    if (info.hasPid()) {
      return new HandleKind.PidFd(
          info.pid() > 0 ? OptionalLong.of(info.pid()) : OptionalLong.empty());
    }
    return switch (link) {
      case LinkText.Numbered n when n.type().equals("socket") -> socket(number, n.inode(), tables);
      case LinkText.Numbered n when n.type().equals("pipe") -> new HandleKind.Pipe(n.inode());
      case LinkText.Numbered n -> new HandleKind.Namespace(n.type(), n.inode());
      case LinkText.Anonymous a -> anonymous(a.name(), info);
      case LinkText.FilePath p when isMemoryFile(p, facts) ->
          new HandleKind.MemFd(p.withoutRemark().substring(MEMFD.length()));
      case LinkText.FilePath p -> file(facts);
      case LinkText.Named n -> file(facts);
    };
  }

  /** Their names are in no folder, and their file system has no device: its major number is 0. */
  private static boolean isMemoryFile(LinkText.FilePath path, FileFacts facts) {
    return path.mayBeDeleted()
        && path.path().startsWith(MEMFD)
        && facts.links() == 0
        && facts.device() >>> 32 == 0;
  }

  private static HandleKind file(FileFacts facts) {
    int major = (int) (facts.special() >>> 32);
    int minor = (int) facts.special();
    return switch (facts.type()) {
      case S_IFREG -> new HandleKind.RegularFile();
      case S_IFDIR -> new HandleKind.Directory();
      case S_IFIFO -> new HandleKind.Fifo();
      case S_IFCHR -> new HandleKind.Device(false, major, minor);
      case S_IFBLK -> new HandleKind.Device(true, major, minor);
      case S_IFSOCK -> new HandleKind.Other(); // the file of a Unix socket, opened with O_PATH
      default -> new HandleKind.Other();
    };
  }

  private static HandleKind anonymous(String name, FdInfo info) {
    return switch (name) {
      case "eventfd" -> new HandleKind.EventFd();
      case "eventpoll" -> new HandleKind.Epoll(info.watched());
      case "inotify" -> new HandleKind.Inotify(info.watches());
      case "timerfd" -> new HandleKind.TimerFd();
      case "signalfd" -> new HandleKind.SignalFd(info.signals());
      default -> new HandleKind.Anonymous(name);
    };
  }

  private HandleKind socket(int number, long inode, Sockets tables) {
    SocketEntry entry = tables.get(inode);
    if (entry == null) {
      String protocol = reader.protocol(pid, number);
      return new HandleKind.OtherSocket(protocol == null ? "" : protocol);
    }
    return kind(entry, tables);
  }

  static HandleKind kind(SocketEntry entry, Sockets tables) {
    return switch (entry) {
      case SocketEntry.Inet i -> inet(i, tables);
      case SocketEntry.Unix u ->
          new HandleKind.Unix(
              switch (u.type()) {
                case 1 -> UnixType.STREAM;
                case 2 -> UnixType.DATAGRAM;
                case 5 -> UnixType.SEQPACKET;
                default -> UnixType.UNKNOWN;
              },
              u.isListening(),
              u.name(),
              u.peer().isPresent() && u.peer().get() != 0
                  ? OptionalLong.of(u.peer().get())
                  : OptionalLong.empty(),
              u.peer().isPresent());
      case SocketEntry.Netlink n -> new HandleKind.Netlink(n.protocol(), n.port());
      case SocketEntry.Packet p -> new HandleKind.Packet(p.protocol(), p.device());
    };
  }

  private static HandleKind inet(SocketEntry.Inet i, Sockets tables) {
    Stack stack =
        !i.isIpv6()
            ? Stack.IPV4
            : i.isIpv6Only().isEmpty()
                ? Stack.IPV6
                : i.isIpv6Only().get() ? Stack.IPV6_ONLY : Stack.DUAL;
    Optional<InetSocketAddress> remote =
        i.remote().getPort() == 0 ? Optional.empty() : Optional.of(i.remote());
    return switch (i.protocol()) {
      case TCP -> {
        TcpState state = TcpState.of(i.state());
        yield new HandleKind.Tcp(
            state, i.local(), remote, stack, state == TcpState.LISTEN ? tables.listeners(i) : 0);
      }
      case UDP -> new HandleKind.Udp(i.local(), remote, stack);
      case RAW -> new HandleKind.Raw(i.local().getPort(), i.local(), stack);
    };
  }
}
