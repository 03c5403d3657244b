// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.proc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.noinherit.internal.proc.SocketEntry.Inet;
import io.github.noinherit.internal.proc.SocketEntry.Netlink;
import io.github.noinherit.internal.proc.SocketEntry.Packet;
import io.github.noinherit.internal.proc.SocketEntry.Protocol;
import io.github.noinherit.internal.proc.SocketEntry.Unix;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Texts of /proc as Linux 6.18 wrote them, and what is in them. */
class ProcTextTest {
  private static final String STAT =
      " S 12 34 56 34816 34 4194304 100 0 0 0 1 2 0 0 20 0 7 0 987654 2703360 204 184 1 1 0 0 0"
          + " 0\n";

  private static ProcessStat stat(String text) throws ProcFormatException {
    byte[] bytes = text.getBytes(UTF_8);
    return ProcessStat.parse(bytes, bytes.length);
  }

  private static FdInfo info(String text) throws ProcFormatException {
    byte[] bytes = text.getBytes(UTF_8);
    return FdInfo.parse(bytes, bytes.length);
  }

  private static LinkText link(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return LinkText.parse(bytes, bytes.length);
  }

  @Test
  void aProcessWhateverItsName() throws Exception {
    for (String name : List.of("sleep", "", "a b", ") S 1 1 1", "(((", "a\nb", ") Z 1 2 3) ")) {
      assertEquals(
          new ProcessStat(4711, name, 'S', 12, 34, 56, 7, 987654),
          stat("4711 (" + name + ")" + STAT),
          name);
    }
  }

  @Test
  void whatIsNoStatIsRefused() {
    for (String text : List.of("", "4711", "4711 (x", "x (y)" + STAT, "1 (x)", "1 (x) SS 1 2 3")) {
      assertThrows(ProcFormatException.class, () -> stat(text), text);
    }
  }

  @Test
  void flagsOfADescriptor() throws Exception {
    FdInfo info = info("pos:\t0\nflags:\t02000002\nmnt_id:\t10\nino:\t113329283\n");
    assertEquals(new FdInfo(02000002, List.of(), 0, false, 0, 0), info);
    assertThrows(ProcFormatException.class, () -> info("pos:\t0\nmnt_id:\t10\n"));
    assertThrows(ProcFormatException.class, () -> info("flags:\t9\n"));
  }

  @Test
  void theMembersOfAnEpollSet() throws Exception {
    FdInfo info =
        info(
            """
            pos:\t0
            flags:\t02
            mnt_id:\t17
            tfd:        3 events:       1f data:                3  pos:0 ino:6c1 sdev:9
            tfd:       12 events:       19 data: ffffffffffffffff  pos:0 ino:6c2 sdev:9
            """);
    assertEquals(List.of(3, 12), info.watched());
  }

  @Test
  void aPidfdAnInotifyAndASignalfd() throws Exception {
    FdInfo pidfd = info("pos:\t0\nflags:\t02000002\nPid:\t8209\nNSpid:\t8209\n");
    assertEquals(List.of(true, 8209), List.of(pidfd.hasPid(), pidfd.pid()));
    assertEquals(-1, info("flags:\t02\nPid:\t-1\nNSpid:\t-1\n").pid());
    assertEquals(
        2, info("flags:\t0\ninotify wd:2 ino:7 sdev:1 mask:2\ninotify wd:1 ino:8\n").watches());
    assertEquals(1L << 63 | 1, info("flags:\t0\nsigmask:\t8000000000000001\n").signals());
  }

  @Test
  void aLineThatWasCutOffIsLeftOut() throws Exception {
    assertEquals(List.of(3), info("flags:\t02\ntfd: 3 events: 1\ntfd: 1").watched());
  }

  @Test
  void emptyLinesEnd() throws Exception {
    assertEquals(2, info("\n\nflags:\t02\n\n").flags());
    assertThrows(ProcFormatException.class, () -> info("\n"));
  }

  @Test
  void links() {
    assertEquals(new LinkText.FilePath("/tmp/a b", false), link("/tmp/a b"));
    LinkText.FilePath deleted = (LinkText.FilePath) link("/tmp/x (deleted)");
    assertEquals("/tmp/x", deleted.withoutRemark());
    assertEquals(new LinkText.Numbered("socket", 4711), link("socket:[4711]"));
    assertEquals(new LinkText.Numbered("net", 4026531840L), link("net:[4026531840]"));
    assertEquals(new LinkText.Anonymous("eventpoll"), link("anon_inode:[eventpoll]"));
    assertEquals(new LinkText.Anonymous("inotify"), link("anon_inode:inotify"));
    for (String other : List.of("", "socket:[]", "socket:[12x]", "pipe:[1", "mqueue")) {
      assertEquals(new LinkText.Named(other), link(other));
    }
  }

  @Test
  void tcp() throws Exception {
    byte[] text =
        """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 502 1 000000005b1fb35b 100 0 0 10 0
        """
            .getBytes(UTF_8);
    assertEquals(
        List.of(
            new Inet(
                502,
                Protocol.TCP,
                false,
                new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 2024),
                new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0),
                10,
                1000,
                Optional.empty())),
        SocketTables.inet(Protocol.TCP, false, text, text.length));
  }

  @Test
  void tcp6() throws Exception {
    byte[] text =
        """
          sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 00000000000000000000000001000000:1F90 B80D0120000000000000000001000000:C350 01 00000000:00000000 00:00000000 00000000     0        0 4294967295 1
        """
            .getBytes(UTF_8);
    Inet socket = SocketTables.inet(Protocol.TCP, true, text, text.length).getFirst();
    assertEquals(new InetSocketAddress(InetAddress.ofLiteral("::1"), 8080), socket.local());
    assertEquals(
        new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 50000), socket.remote());
    assertEquals(4294967295L, socket.inode());
  }

  @Test
  void unix() throws Exception {
    byte[] text =
        """
        Num       RefCount Protocol Flags    Type St Inode Path
        0000000000000000: 00000002 00000000 00010000 0001 01 20001 /run/a b.sock
        0000000000000000: 00000003 00000000 00000000 0005 03   498 @abstract
        0000000000000000: 00000002 00000000 00000000 0002 01 20003
        """
            .getBytes(UTF_8);
    assertEquals(
        List.of(
            new Unix(20001, 1, true, false, Optional.of("/run/a b.sock"), Optional.empty()),
            new Unix(498, 5, false, true, Optional.of("@abstract"), Optional.empty()),
            new Unix(20003, 2, false, false, Optional.empty(), Optional.empty())),
        SocketTables.unix(text, text.length));
  }

  @Test
  void netlinkAndPacket() throws Exception {
    byte[] netlink =
        """
        sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
        00000000ef20261d 0   4294963210 00000000 0        0        0     2        0        4
        """
            .getBytes(UTF_8);
    assertEquals(
        List.of(new Netlink(4, 0, 4294963210L)), SocketTables.netlink(netlink, netlink.length));
    byte[] packet =
        """
        sk       RefCnt Type Proto  Iface R Rmem   User   Inode
        0000000000000000 3      3    0003   2     1 0      0      5309
        """
            .getBytes(UTF_8);
    assertEquals(List.of(new Packet(5309, 3, 3, 2)), SocketTables.packet(packet, packet.length));
  }
}
