// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.run;

import java.net.StandardProtocolFamily;
import java.nio.file.Path;

/*
 * Pure: what the options of `noinherit run` name.
 *
 *   --listen [NAME=]ADDR:PORT     127.0.0.1:80   [::1]:80   :80 or *:80 (every address)   host:80
 *   --listen [NAME=]unix:/path
 *   --take [NAME=]PORT            or [NAME=]ADDR:PORT
 *   --pass NAME=FD
 *
 * An address has no '=', so the first one ends the name; a path may have one, so nothing that begins
 * with unix: has a name. Without a name a socket is called after its port, or its file.
 */

/** What an option names, and its name for the child. */
sealed interface Named {
  /** The name by which the child finds it. */
  String name();

  /** A TCP port to listen on; the host is "" for every address. */
  record Port(String name, String host, int port) implements Named {
    /** The family of which the socket must be, by how the address is written. */
    StandardProtocolFamily family() {
      return host.isEmpty() || host.contains(":")
          ? StandardProtocolFamily.INET6
          : StandardProtocolFamily.INET;
    }
  }

  /** A Unix socket to listen on. */
  record Socket(String name, Path path) implements Named {}

  /** The live listener of a TCP port, whoever holds it; the host is "" for whatever it is. */
  record Taken(String name, String host, int port) implements Named {}

  /** A descriptor that this process was given itself. */
  record Descriptor(String name, int number) implements Named {}

  /**
   * The value of {@code --listen}.
   *
   * @throws IllegalArgumentException saying what it should look like
   */
  static Named listen(String value) {
    boolean isNamed = !value.startsWith("unix:") && value.indexOf('=') >= 0;
    String name = isNamed ? named(value, value.indexOf('=')) : "";
    String address = isNamed ? value.substring(value.indexOf('=') + 1) : value;
    return address.startsWith("unix:")
        ? socket(name, address.substring("unix:".length()))
        : port(name, address);
  }

  /**
   * The value of {@code --take}.
   *
   * @throws IllegalArgumentException saying what it should look like
   */
  static Taken take(String value) {
    int equals = value.indexOf('=');
    String address = value.substring(equals + 1);
    String prefix = equals < 0 ? "" : value.substring(0, equals + 1);
    if (number(address, 65_535) > 0) {
      return new Taken(equals < 0 ? address : named(value, equals), "", Integer.parseInt(address));
    }
    if (listen(prefix + address) instanceof Port port && port.port() > 0) {
      return new Taken(port.name(), port.host(), port.port());
    }
    throw new IllegalArgumentException(
        "\"" + value + "\" is no port to take: 8080, or 127.0.0.1:8080 is");
  }

  private static String named(String value, int equals) {
    String name = value.substring(0, equals);
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "\"" + name + "\" is no name: printable ASCII without ':' is, up to 255");
    }
    return name;
  }

  private static Named socket(String name, String path) {
    if (path.startsWith("@")) {
      throw new IllegalArgumentException(
          "\"unix:" + path + "\": Java cannot bind abstract names; a path is what it can");
    }
    if (path.isEmpty() || path.endsWith("/")) {
      throw new IllegalArgumentException("\"unix:" + path + "\": the path of a file is missing");
    }
    Path file = Path.of(path);
    String ofFile = String.valueOf(file.getFileName());
    if (name.isEmpty() && !isName(ofFile)) {
      throw new IllegalArgumentException(
          "\"unix:" + path + "\" needs a name (NAME=unix:…): that of its file cannot be one");
    }
    return new Socket(name.isEmpty() ? ofFile : name, file);
  }

  private static Named port(String name, String address) {
    int colon = address.lastIndexOf(':');
    String host = colon < 0 ? "" : address.substring(0, colon);
    int port = number(address.substring(colon + 1), 65_535);
    boolean isBracketed = host.startsWith("[") && host.endsWith("]") && host.length() > 2;
    if (colon < 0 || port < 0 || (!isBracketed && host.matches(".*[:\\[\\]].*"))) {
      throw new IllegalArgumentException(
          "\""
              + address
              + "\" is no address to listen on: 127.0.0.1:8080, [::1]:8080, :8080 for every"
              + " address, or unix:/path is");
    }
    String plain = isBracketed ? host.substring(1, host.length() - 1) : host;
    return new Port(
        name.isEmpty() ? Integer.toString(port) : name, plain.equals("*") ? "" : plain, port);
  }

  /**
   * The value of {@code --pass}.
   *
   * @throws IllegalArgumentException saying what it should look like
   */
  static Descriptor pass(String value) {
    int equals = value.indexOf('=');
    int number = number(value.substring(equals + 1), Integer.MAX_VALUE);
    if (equals <= 0 || number < 0) {
      throw new IllegalArgumentException(
          "\"" + value + "\" is not NAME=FD, such as log=3 for what the shell opened by 3>>log");
    }
    return new Descriptor(value.substring(0, equals), number);
  }

  private static boolean isName(String name) {
    return !name.isEmpty()
        && name.length() <= 255
        && name.chars().allMatch(c -> c >= ' ' && c < 127 && c != ':');
  }

  /** A number without a sign, or -1. */
  private static int number(String text, int most) {
    if (!text.matches("[0-9]{1,10}")) {
      return -1;
    }
    long number = Long.parseLong(text);
    return number > most ? -1 : (int) number;
  }
}
