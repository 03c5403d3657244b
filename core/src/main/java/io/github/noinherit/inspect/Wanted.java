// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.noinherit.internal.linux.LinkScan;
import io.github.noinherit.internal.linux.ProcReader;
import io.github.noinherit.internal.proc.FileFacts;
import io.github.noinherit.internal.proc.SocketEntry;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/*
 * A target, as it can be recognised among descriptors: the inodes of sockets, by the bytes of their
 * links; a file by its device and number; one that has no name any more by the name that it had.
 */
sealed interface Wanted extends Scanner.Filter {
  /** What must be asked about each descriptor. */
  LinkScan.Question question();

  /** Is there anything that could be held? */
  boolean isThere();

  /** The sockets that it is about; none if it is no socket. */
  Sockets sockets();

  /** Is this handle one, now that all is known of it? */
  boolean isIt(HandleInfo info);

  /** Looks a target up. */
  static Wanted of(Target target, ProcReader reader) throws IOException {
    // not a switch over types, which takes milliseconds in a JVM that starts
    if (target instanceof Target.Port port) {
      return port(port, reader);
    }
    if (target instanceof Target.UnixSocket unix) {
      return unix(Set.of(unix.name()), reader);
    }
    return file((Target.File) target, reader);
  }

  private static Wanted port(Target.Port port, ProcReader reader) throws IOException {
    SocketEntry.Protocol protocol =
        switch (port.protocol()) {
          case TCP -> SocketEntry.Protocol.TCP;
          case UDP -> SocketEntry.Protocol.UDP;
        };
    Sockets sockets = Sockets.atPort(reader, protocol, port.number());
    Set<Long> inodes = new HashSet<>();
    for (SocketEntry entry : sockets.all()) {
      if (entry instanceof SocketEntry.Inet inet
          && (port.address().isEmpty() || covers(inet, port.address().get()))) {
        inodes.add(entry.inode());
      }
    }
    return new SocketsWanted(sockets, inodes);
  }

  /** Is a socket bound to an address, or to all addresses of its kind? */
  private static boolean covers(SocketEntry.Inet socket, InetAddress address) {
    InetAddress local = socket.local().getAddress();
    if (!local.isAnyLocalAddress()) {
      return local.equals(address);
    }
    return socket.isIpv6()
        ? !(address instanceof Inet4Address) || !socket.isIpv6Only().orElse(false)
        : address instanceof Inet4Address;
  }

  private static Wanted unix(Set<String> names, ProcReader reader) throws IOException {
    Sockets sockets = Sockets.unix(reader);
    Set<Long> inodes = new HashSet<>();
    for (SocketEntry entry : sockets.all()) {
      if (entry instanceof SocketEntry.Unix u
          && u.name().isPresent()
          && names.contains(u.name().get())) {
        inodes.add(entry.inode());
      }
    }
    return new SocketsWanted(sockets, inodes);
  }

  private static Wanted file(Target.File file, ProcReader reader) throws IOException {
    String absolute = file.path().toAbsolutePath().normalize().toString();
    FileFacts facts = reader.facts(absolute);
    if (facts == null) {
      return new Deleted(absolute);
    }
    return facts.isSocket()
        ? unix(new HashSet<>(List.of(file.path().toString(), absolute)), reader)
        : new SameFile(facts);
  }

  /** Sockets, by their inodes. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record SocketsWanted(Sockets sockets, Set<Long> inodes, byte[][] texts) implements Wanted {
    SocketsWanted(Sockets sockets, Set<Long> inodes) {
      this(sockets, Set.copyOf(inodes), texts(inodes));
    }

    private static byte[][] texts(Set<Long> inodes) {
      byte[][] texts = new byte[inodes.size()][];
      int i = 0;
      for (long inode : inodes) {
        texts[i++] = ("socket:[" + inode + "]").getBytes(UTF_8);
      }
      return texts;
    }

    private static final int PREFIX = 8;
    private static final int FEW = 4;

    @Override
    public LinkScan.Question question() {
      return LinkScan.Question.LINK;
    }

    @Override
    public boolean isThere() {
      return !inodes.isEmpty();
    }

    @Override
    public boolean isWanted(int pid, byte[] answers, int from, int length) {
      if (answers[from] != 's' || length <= PREFIX) {
        return false;
      }
      if (texts.length > FEW) {
        return answers[from + PREFIX - 1] == '[' && inodes.contains(inode(answers, from, length));
      }
      for (byte[] text : texts) {
        if (length == text.length
            && answers[from + length - 2] == text[length - 2]
            && Arrays.equals(answers, from, from + length, text, 0, length)) {
          return true;
        }
      }
      return false;
    }

    private static long inode(byte[] answers, int from, int length) {
      long inode = 0;
      for (int i = from + PREFIX; i < from + length - 1; i++) {
        inode = inode * 10 + answers[i] - '0';
      }
      return inode;
    }

    @Override
    public boolean isIt(HandleInfo info) {
      return inodes.contains(info.inode()) && info.target().startsWith("socket:");
    }
  }

  /** A file that has a name. */
  record SameFile(FileFacts facts) implements Wanted {
    @Override
    public LinkScan.Question question() {
      return LinkScan.Question.STATUS;
    }

    @Override
    public boolean isThere() {
      return true;
    }

    @Override
    public Sockets sockets() {
      return Sockets.none();
    }

    @Override
    public boolean isWanted(int pid, byte[] answers, int from, int length) {
      return FileFacts.isInode(answers, from, facts.inode())
          && FileFacts.read(answers, from).isSameFile(facts);
    }

    @Override
    public boolean isIt(HandleInfo info) {
      return info.inode() == facts.inode() && info.device() == facts.device();
    }
  }

  /** Files that had this name. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Deleted(String path, byte[] text) implements Wanted {
    Deleted(String path) {
      this(path, path.getBytes(UTF_8));
    }

    @Override
    public LinkScan.Question question() {
      return LinkScan.Question.LINK;
    }

    @Override
    public boolean isThere() {
      return true;
    }

    @Override
    public Sockets sockets() {
      return Sockets.none();
    }

    @Override
    public boolean isWanted(int pid, byte[] answers, int from, int length) {
      int compared = Math.min(text.length, LinkScan.LONGEST);
      return length >= compared && Arrays.equals(answers, from, from + compared, text, 0, compared);
    }

    @Override
    public boolean isIt(HandleInfo info) {
      return info.target().equals(path);
    }
  }
}
