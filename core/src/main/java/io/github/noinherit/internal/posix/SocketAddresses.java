// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteOrder;
import java.nio.charset.Charset;

/**
 * Pure: socket addresses as the kernel writes them.
 *
 * <p>sockaddr_in { u16 family; u16 port; u8 address[4]; } (ip(7)), sockaddr_in6 { u16 family; u16
 * port; u32 flow; u8 address[16]; u32 scope; } (ipv6(7)), sockaddr_un { u16 family; char path[108];
 * } (unix(7)). Ports are in network byte order.
 */
public final class SocketAddresses {
  /** The most that any of them takes: sizeof(struct sockaddr_un). */
  public static final int LARGEST = 110;

  private SocketAddresses() {}

  /**
   * Reads an address.
   *
   * @param length as the kernel said it
   * @param charset in which a Unix-domain path is written
   */
  public static SocketAddress read(MemorySegment address, int length, Charset charset)
      throws IOException {
    int end = Math.min(length, LARGEST);
    short family = end < 2 ? Posix.AF_UNIX : address.get(JAVA_SHORT_UNALIGNED, 0);
    return switch (family) {
      case Posix.AF_INET ->
          new InetSocketAddress(InetAddress.getByAddress(bytes(address, 4, 4)), port(address));
      case Posix.AF_INET6 -> inet6(address);
      case Posix.AF_UNIX -> unix(bytes(address, 2, Math.max(end - 2, 0)), charset);
      default -> throw new IOException("a socket address of unknown family " + family);
    };
  }

  private static SocketAddress inet6(MemorySegment address) throws IOException {
    // an IPv4 address in IPv6 clothes becomes an Inet4Address here, as everywhere in the JDK
    InetAddress inet = InetAddress.getByAddress(bytes(address, 8, 16));
    int scope = address.get(JAVA_INT_UNALIGNED, 24);
    return new InetSocketAddress(
        scope > 0 && inet instanceof Inet6Address
            ? Inet6Address.getByAddress(null, inet.getAddress(), scope)
            : inet,
        port(address));
  }

  /** The path ends at a NUL; a peer without a name, or with an abstract one, is the empty path. */
  private static SocketAddress unix(byte[] path, Charset charset) {
    int nul = 0;
    while (nul < path.length && path[nul] != 0) {
      nul++;
    }
    return UnixDomainSocketAddress.of(new String(path, 0, nul, charset));
  }

  private static int port(MemorySegment address) {
    return address.get(JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), 2) & 0xffff;
  }

  private static byte[] bytes(MemorySegment address, int from, int length) {
    return address.asSlice(from, length).toArray(JAVA_BYTE);
  }
}
