// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.proc;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.noinherit.internal.proc.SocketEntry.Inet;
import io.github.noinherit.internal.proc.SocketEntry.Protocol;
import io.github.noinherit.internal.proc.SocketEntry.Unix;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/*
 * Messages of sock_diag(7). Each has a struct nlmsghdr { u32 length; u16 type; u16 flags;
 * u32 sequence; u32 pid } in front (linux/netlink.h), and attributes behind:
 * struct rtattr { u16 length; u16 type } and a value, aligned to 4 bytes (linux/rtnetlink.h).
 *
 * inet (linux/inet_diag.h):
 *   struct inet_diag_sockid { be16 sport, dport; be32 src[4], dst[4]; u32 if; u32 cookie[2] }
 *   struct inet_diag_req_v2 { u8 family, protocol, ext, pad; u32 states; sockid id }
 *   struct inet_diag_msg { u8 family, state, timer, retrans; sockid id;
 *                          u32 expires, rqueue, wqueue, uid, inode }
 * unix (linux/unix_diag.h):
 *   struct unix_diag_req { u8 family, protocol; u16 pad; u32 states, ino, show; u32 cookie[2] }
 *   struct unix_diag_msg { u8 family, type, state, pad; u32 ino; u32 cookie[2] }
 */
public final class SocketDiagnosis {
  private static final int SOCK_DIAG_BY_FAMILY = 20;
  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final short NLM_F_REQUEST_DUMP = 0x301;
  private static final int HEADER = 16;
  private static final int INET_REQUEST = 56;
  private static final int INET_MESSAGE = 72;
  private static final int INET_PORT = 4;
  private static final int INET_SOURCE = 8;
  private static final int INET_DESTINATION = 24;
  private static final int INET_UID = 64;
  private static final int INET_INODE = 68;
  private static final int INET_DIAG_SKV6ONLY = 11;
  private static final int UNIX_REQUEST = 24;
  private static final int UNIX_MESSAGE = 16;
  private static final int UDIAG_SHOW_NAME_AND_PEER = 1 | 4;
  private static final int UNIX_DIAG_NAME = 0;
  private static final int UNIX_DIAG_PEER = 2;
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int TCP_ESTABLISHED = 1;
  private static final int TCP_LISTEN = 10;
  private static final int IPPROTO_TCP = 6;
  private static final int IPPROTO_UDP = 17;
  private static final int IPPROTO_RAW = 255;

  private SocketDiagnosis() {}

  /**
   * The request for sockets of the Internet, in all states, those that are bound and no more
   * included (Linux 6.8).
   *
   * @param port the local port; 0 for any
   */
  public static byte[] inetRequest(Protocol protocol, boolean isIpv6, int port) {
    byte[] message = new byte[HEADER + INET_REQUEST];
    ByteBuffer request = withHeader(message);
    request.put((byte) (isIpv6 ? AF_INET6 : AF_INET));
    request.put(
        (byte)
            switch (protocol) {
              case TCP -> IPPROTO_TCP;
              case UDP -> IPPROTO_UDP;
              case RAW -> IPPROTO_RAW;
            });
    request.putShort((short) 0);
    request.putInt(-1);
    request.putShort(Short.reverseBytes((short) port));
    return message;
  }

  /** The request for all Unix sockets. */
  public static byte[] unixRequest() {
    byte[] message = new byte[HEADER + UNIX_REQUEST];
    ByteBuffer request = withHeader(message);
    request.putInt(AF_UNIX);
    request.putInt(-1);
    request.putInt(0);
    request.putInt(UDIAG_SHOW_NAME_AND_PEER);
    return message;
  }

  /** A buffer for what comes behind the header, which is written. */
  private static ByteBuffer withHeader(byte[] message) {
    ByteBuffer request = ByteBuffer.wrap(message).order(ByteOrder.nativeOrder());
    request.putInt(message.length);
    request.putShort((short) SOCK_DIAG_BY_FAMILY);
    request.putShort(NLM_F_REQUEST_DUMP);
    request.putInt(1);
    request.putInt(0);
    return request;
  }

  /**
   * What one datagram of the answer says.
   *
   * @param isEnd is it the last one
   * @param errno why there is no answer; 0 if there is one
   */
  public record Part(boolean isEnd, int errno) {}

  /** Reads a datagram of the answer. */
  public static Part parse(
      Protocol protocol, byte[] bytes, int length, List<? super SocketEntry> into)
      throws ProcFormatException {
    ByteBuffer all =
        ByteBuffer.wrap(bytes, 0, Math.clamp(length, 0, bytes.length))
            .order(ByteOrder.nativeOrder());
    while (all.remaining() >= HEADER) {
      int start = all.position();
      int size = all.getInt(start);
      if (size < HEADER || size > all.remaining()) {
        throw bad("a message of " + size + " bytes where " + all.remaining() + " are left");
      }
      int type = all.getShort(start + 4);
      ByteBuffer message = all.slice(start + HEADER, size - HEADER).order(ByteOrder.nativeOrder());
      if (type == NLMSG_DONE) {
        return new Part(true, message.remaining() >= 4 ? Math.max(0, -message.getInt(0)) : 0);
      }
      if (type == NLMSG_ERROR) {
        if (message.remaining() < 4) {
          throw bad("an error of " + message.remaining() + " bytes");
        }
        return new Part(true, Math.max(1, -message.getInt(0)));
      }
      if (type == SOCK_DIAG_BY_FAMILY) {
        into.add(entry(protocol, message));
      }
      all.position(start + Math.min((size + 3) & ~3, all.limit() - start));
    }
    return new Part(false, 0);
  }

  private static SocketEntry entry(Protocol protocol, ByteBuffer m) throws ProcFormatException {
    if (!m.hasRemaining()) {
      throw bad("an empty message");
    }
    int family = m.get(0);
    return switch (family) {
      case AF_UNIX -> unix(m);
      case AF_INET, AF_INET6 -> inet(protocol, family == AF_INET6, m);
      default -> throw bad("family " + family);
    };
  }

  private static Inet inet(Protocol protocol, boolean isIpv6, ByteBuffer m)
      throws ProcFormatException {
    if (m.remaining() < INET_MESSAGE) {
      throw bad("an inet_diag_msg of " + m.remaining() + " bytes");
    }
    Optional<Boolean> isOnly = Optional.empty();
    for (int at = INET_MESSAGE; at + 4 <= m.limit(); at = next(m, at)) {
      if (m.getShort(at + 2) == INET_DIAG_SKV6ONLY && size(m, at) >= 5) {
        isOnly = Optional.of(m.get(at + 4) != 0);
      }
    }
    return new Inet(
        m.getInt(INET_INODE) & 0xffff_ffffL,
        protocol,
        isIpv6,
        address(m, isIpv6, INET_SOURCE, INET_PORT),
        address(m, isIpv6, INET_DESTINATION, INET_PORT + 2),
        m.get(1),
        m.getInt(INET_UID),
        isOnly);
  }

  private static InetSocketAddress address(ByteBuffer m, boolean isIpv6, int at, int port) {
    byte[] address = new byte[isIpv6 ? 16 : 4];
    m.get(at, address);
    return SocketTables.inet(address, Short.reverseBytes(m.getShort(port)) & 0xffff);
  }

  private static Unix unix(ByteBuffer m) throws ProcFormatException {
    if (m.remaining() < UNIX_MESSAGE) {
      throw bad("a unix_diag_msg of " + m.remaining() + " bytes");
    }
    Optional<String> name = Optional.empty();
    long peer = 0;
    for (int at = UNIX_MESSAGE; at + 4 <= m.limit(); at = next(m, at)) {
      int type = m.getShort(at + 2);
      if (type == UNIX_DIAG_NAME) {
        byte[] bytes = new byte[size(m, at) - 4];
        m.get(at + 4, bytes);
        name = name(bytes);
      } else if (type == UNIX_DIAG_PEER && size(m, at) >= 8) {
        peer = m.getInt(at + 4) & 0xffff_ffffL;
      }
    }
    int state = m.get(2);
    return new Unix(
        m.getInt(4) & 0xffff_ffffL,
        m.get(1),
        state == TCP_LISTEN,
        state == TCP_ESTABLISHED,
        name,
        Optional.of(peer));
  }

  /** As /proc/net/unix writes it: an abstract name begins with @, and a NUL in it is one too. */
  private static Optional<String> name(byte[] bytes) {
    boolean isAbstract = bytes.length > 0 && bytes[0] == 0;
    int length = bytes.length;
    while (!isAbstract && length > 0 && bytes[length - 1] == 0) {
      length--;
    }
    if (length == 0) {
      return Optional.empty();
    }
    String name = new String(bytes, 0, length, UTF_8);
    return Optional.of(isAbstract ? name.replace('\0', '@') : name);
  }

  private static int size(ByteBuffer m, int at) throws ProcFormatException {
    int size = m.getShort(at) & 0xffff;
    if (size < 4 || size > m.limit() - at) {
      throw bad("an attribute of " + size + " bytes where " + (m.limit() - at) + " are left");
    }
    return size;
  }

  private static int next(ByteBuffer m, int at) throws ProcFormatException {
    return at + ((size(m, at) + 3) & ~3);
  }

  private static ProcFormatException bad(String what) {
    return new ProcFormatException("not an answer of sock_diag: " + what);
  }
}
