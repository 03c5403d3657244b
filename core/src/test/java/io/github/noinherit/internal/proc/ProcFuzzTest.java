// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.proc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofMinutes;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.noinherit.internal.linux.SocketQuery;
import io.github.noinherit.internal.proc.SocketEntry.Protocol;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Texts of /proc of this machine and an answer of sock_diag, damaged in many ways that are the same
 * in each run for the same text: each parser answers or throws its exception, at once.
 */
class ProcFuzzTest {
  private static final int CASES = Boolean.getBoolean("noinherit.stress") ? 1_500_000 : 200_000;
  private static final byte[] LIKELY = " \t\n:-()[]/0123456789abcdefABCDEFxzS@".getBytes(UTF_8);

  private interface Parser {
    void parse(byte[] text, int length) throws ProcFormatException;
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Subject(String name, byte[] text, boolean isBinary, Parser parser) {}

  private int read;
  private int refused;

  private static Subject text(String name, byte[] text, Parser parser) {
    return new Subject(name, text, false, parser);
  }

  private static byte[] file(String path) throws Exception {
    return Files.readAllBytes(Path.of(path));
  }

  private static List<Subject> subjects() throws Exception {
    List<Subject> all = new ArrayList<>();
    all.add(text("stat", file("/proc/self/stat"), ProcessStat::parse));
    byte[] info =
        """
        pos:\t0
        flags:\t02004002
        mnt_id:\t17
        tfd:        3 events:       1f data:                3  pos:0 ino:6c1 sdev:9
        inotify wd:1 ino:2 sdev:3 mask:fff
        Pid:\t-1
        sigmask:\t8000000000000001
        """
            .getBytes(UTF_8);
    all.add(text("fdinfo", info, FdInfo::parse));
    for (String link : List.of("socket:[4711]", "/a (deleted)", "anon_inode:[eventfd]")) {
      all.add(text("link", link.getBytes(UTF_8), LinkText::parse));
    }
    for (Protocol protocol : Protocol.values()) {
      for (boolean isIpv6 : new boolean[] {false, true}) {
        byte[] table = head(file("/proc/self/net/" + SocketTables.file(protocol, isIpv6)));
        all.add(text(protocol.name(), table, (t, l) -> SocketTables.inet(protocol, isIpv6, t, l)));
      }
    }
    all.add(text("unix", head(file("/proc/self/net/unix")), SocketTables::unix));
    all.add(text("netlink", head(file("/proc/self/net/netlink")), SocketTables::netlink));
    byte[] packet = "head\n0000 3 3 0003 2 1 0 0 5309\n".getBytes(UTF_8);
    all.add(text("packet", packet, SocketTables::packet));
    for (byte[] message : List.of(inetMessage(), unixMessage())) {
      all.add(
          new Subject(
              "sock_diag",
              message,
              true,
              (t, l) -> SocketDiagnosis.parse(Protocol.TCP, t, l, new ArrayList<>())));
    }
    return all;
  }

  /** A heading and some lines are enough to damage. */
  private static byte[] head(byte[] table) {
    return new String(table, UTF_8)
        .lines()
        .limit(4)
        .collect(java.util.stream.Collectors.joining("\n", "", "\n"))
        .getBytes(UTF_8);
  }

  private static ByteBuffer message(int payload, int... attributes) {
    int size = 16 + payload;
    for (int a : attributes) {
      size += (a + 3) & ~3;
    }
    ByteBuffer m = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
    m.putInt(0, size).putShort(4, (short) 20);
    int at = 16 + payload;
    for (int i = 0; i < attributes.length; i++) {
      m.putShort(at, (short) attributes[i]).putShort(at + 2, (short) (i == 0 ? 0 : 11));
      at += (attributes[i] + 3) & ~3;
    }
    return m;
  }

  private static byte[] inetMessage() {
    return message(72, 8, 5).put(16, (byte) 10).put(17, (byte) 10).array();
  }

  private static byte[] unixMessage() {
    return message(16, 9, 8).put(16, (byte) 1).put(17, (byte) 1).array();
  }

  @Test
  void damagedTexts() throws Exception {
    List<Subject> subjects = subjects();
    assertTimeoutPreemptively(
        ofMinutes(5),
        () -> {
          for (int seed = 0; seed < CASES; seed++) {
            damage(subjects.get(seed % subjects.size()), seed);
          }
        });
    assertTrue(read > CASES / 20 && refused > CASES / 20, read + " read, " + refused + " refused");
  }

  private void damage(Subject subject, int seed) {
    Random random = new Random(seed);
    byte[] text = subject.text().clone();
    int length = text.length;
    for (int i = random.nextInt(4); i >= 0 && length > 0; i--) {
      int at = random.nextInt(length);
      switch (random.nextInt(6)) {
        case 0 -> text[at] = (byte) random.nextInt();
        case 1 -> text[at] = LIKELY[random.nextInt(LIKELY.length)];
        case 2 -> length = at;
        case 3 -> {
          int from = random.nextInt(length);
          int n = Math.min(random.nextInt(24), length - Math.max(at, from));
          System.arraycopy(text, from, text, at, n);
        }
        case 4 -> {
          for (int j = at; j < Math.min(length, at + 24); j++) {
            text[j] = (byte) (subject.isBinary() ? 0xff : 'f');
          }
        }
        default -> {
          for (int j = at; j < Math.min(length, at + 24); j++) {
            text[j] = '9';
          }
        }
      }
    }
    try {
      subject.parser().parse(text, length);
      read++;
    } catch (ProcFormatException e) {
      refused++;
    } catch (RuntimeException | Error e) {
      fail(subject.name() + ", case " + seed, e);
    }
  }

  /** The damaged answers are like real ones: those are read. */
  @Test
  void realAnswersOfSockDiagAreRead() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        SocketQuery query = new SocketQuery()) {
      List<SocketEntry> found = new ArrayList<>();
      for (boolean isIpv6 : new boolean[] {false, true}) {
        found.addAll(query.inet(Protocol.TCP, isIpv6, listener.getLocalPort()));
      }
      assertTrue(found.size() == 1, () -> "not one listener: " + found);
      assertTrue(!query.unix().isEmpty(), "no Unix socket");
    }
  }
}
