// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The TCP sockets of a network namespace: /proc/net/tcp and tcp6 (proc_net_tcp.rst of Linux). */
public final class TcpTable {
  private static final List<Path> FILES =
      List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));

  /** TCP_LISTEN in net/tcp_states.h. */
  private static final int LISTEN = 10;

  private static final int LOCAL = 1;
  private static final int STATE = 3;
  private static final int INODE = 9;

  private TcpTable() {}

  /**
   * A socket.
   *
   * @param inode its number; 0 if no process holds it
   */
  public record Row(InetSocketAddress local, int state, long inode) {
    /** Does it listen? */
    public boolean isListener() {
      return state == LISTEN;
    }
  }

  /** Those of this process' namespace. */
  public static List<Row> read() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (Path file : FILES) {
      if (Files.exists(file)) { // there is no tcp6 where IPv6 is turned off
        rows.addAll(parse(Files.readString(file, StandardCharsets.ISO_8859_1)));
      }
    }
    return rows;
  }

  /**
   * Pure: all rows but the heading.
   *
   * @throws IllegalArgumentException if a row is none
   */
  static List<Row> parse(String text) {
    List<Row> rows = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      String[] words = line.strip().split(" +", -1);
      if (line.isBlank() || words[0].equals("sl")) {
        continue;
      }
      if (words.length <= INODE) {
        throw new IllegalArgumentException("not a line of /proc/net/tcp: " + line);
      }
      rows.add(
          new Row(
              address(words[LOCAL]),
              Integer.parseInt(words[STATE], 16),
              Long.parseLong(words[INODE])));
    }
    return rows;
  }

  /** 32-bit words, each as this machine, which is little-endian, prints one; then the port. */
  private static InetSocketAddress address(String text) {
    int colon = text.indexOf(':');
    byte[] bytes = HexFormat.of().parseHex(text, 0, Math.max(0, colon));
    for (int word = 0; word + 3 < bytes.length; word += 4) {
      for (int i = 0; i < 2; i++) {
        byte b = bytes[word + i];
        bytes[word + i] = bytes[word + 3 - i];
        bytes[word + 3 - i] = b;
      }
    }
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(bytes), Integer.parseInt(text.substring(colon + 1), 16));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("not an address of /proc/net/tcp: " + text, e);
    }
  }
}
