// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import java.net.InetAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** Something that processes can hold: a port, a Unix socket, or a file. */
public sealed interface Target {
  /** Protocols that have ports. */
  enum Protocol {
    /** TCP. */
    TCP,
    /** UDP. */
    UDP
  }

  /**
   * A local port: listeners, connections and sockets that are only bound.
   *
   * @param protocol of which protocol
   * @param address only sockets that are bound to this address, or to all addresses it is one of;
   *     empty for any
   * @param number 1 to 65535
   */
  record Port(Protocol protocol, Optional<InetAddress> address, int number) implements Target {
    private static final int MOST = 65535;

    /** Checks the number. */
    public Port {
      if (number < 1 || number > MOST) {
        throw new IllegalArgumentException(number + " is no port: ports are 1 to " + MOST);
      }
    }

    @Override
    public String toString() {
      String host =
          address
              .map(InetAddress::getHostAddress)
              .map(a -> a.indexOf(':') >= 0 ? "[" + a + "]:" : a + ":")
              .orElse("");
      return (protocol == Protocol.UDP ? "udp:" : "") + host + number;
    }
  }

  /**
   * A Unix socket: the one that was bound to this name, and what it has accepted.
   *
   * @param name as it was bound: a path, or {@code @} and an abstract name
   */
  record UnixSocket(String name) implements Target {
    @Override
    public String toString() {
      return "unix:" + name;
    }
  }

  /**
   * A file, directory, FIFO or device; under whatever name it was opened.
   *
   * @param path where it is
   */
  record File(Path path) implements Target {
    @Override
    public String toString() {
      String text = path.toString();
      return text.indexOf('/') >= 0 ? text : "./" + text;
    }
  }

  /**
   * Reads a target as people write it.
   *
   * <pre>
   * 8080                 TCP port 8080 of any address
   * udp:53               UDP port 53
   * 127.0.0.1:8080       TCP port 8080 of this address
   * [::1]:8080           the same of an IPv6 address
   * unix:/run/x.sock     a Unix socket by its path
   * unix:&#64;abstract       one by its abstract name
   * ./8080               anything with a slash is a path
   * </pre>
   *
   * @throws IllegalArgumentException if it is none of these; the message says which there are
   */
  static Target parse(String text) {
    if (text.startsWith("unix:")) {
      String name = text.substring("unix:".length());
      if (name.isEmpty() || name.equals("@")) {
        throw no(text, "a Unix socket needs a name");
      }
      return new UnixSocket(name);
    }
    if (text.indexOf('/') >= 0) {
      try {
        return new File(Path.of(text));
      } catch (InvalidPathException e) {
        throw no(text, e.getReason());
      }
    }
    if (text.startsWith("udp:")) {
      return port(Protocol.UDP, text, text.substring("udp:".length()));
    }
    return port(
        Protocol.TCP, text, text.startsWith("tcp:") ? text.substring("tcp:".length()) : text);
  }

  private static Port port(Protocol protocol, String text, String rest) {
    int colon = rest.lastIndexOf(':');
    String digits = rest.substring(colon + 1);
    if (digits.isEmpty() || digits.length() > 5 || !digits.chars().allMatch(Target::isDigit)) {
      throw no(text, "there is no port number");
    }
    Optional<InetAddress> address =
        colon < 0 ? Optional.empty() : Optional.of(address(text, rest.substring(0, colon)));
    int number = Integer.parseInt(digits);
    if (number < 1 || number > Port.MOST) {
      throw no(text, "ports are 1 to " + Port.MOST);
    }
    return new Port(protocol, address, number);
  }

  private static boolean isDigit(int character) {
    return character >= '0' && character <= '9';
  }

  private static InetAddress address(String text, String host) {
    boolean isBracketed = host.startsWith("[") && host.endsWith("]");
    String literal = isBracketed ? host.substring(1, host.length() - 1) : host;
    if (!isBracketed && literal.indexOf(':') >= 0) {
      throw no(text, "an IPv6 address stands in brackets: [::1]:8080");
    }
    try {
      InetAddress address = InetAddress.ofLiteral(literal);
      if (literal.indexOf(':') >= 0 || literal.chars().filter(c -> c == '.').count() == 3) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      throw noAddress(text, literal);
    }
    throw noAddress(text, literal); // 127.1 and the like, by which people mean different things
  }

  private static IllegalArgumentException noAddress(String text, String literal) {
    return no(text, "\"" + literal + "\" is no address (names are not looked up)");
  }

  private static IllegalArgumentException no(String text, String why) {
    return new IllegalArgumentException(
        "\""
            + text
            + "\" is no target: "
            + why
            + "; targets are 8080, udp:53, 127.0.0.1:8080, [::1]:8080, unix:/run/x.sock,"
            + " unix:@abstract, and a path with a slash in it");
  }
}
