// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Pure: the texts by which a service and its manager speak, sd_notify(3) and
 * sd_watchdog_enabled(3).
 */
public final class ServiceProtocol {
  /** sizeof(sockaddr_un.sun_path), unix(7). */
  private static final int SUN_PATH = 108;

  private static final int AF_UNIX = 1; // both supported platforms are little-endian

  private ServiceProtocol() {}

  /**
   * The address in {@code NOTIFY_SOCKET}, as struct sockaddr_un.
   *
   * @param value the variable's bytes: a path, or {@code @} and an abstract name
   * @throws IOException if it is neither
   */
  public static byte[] address(byte[] value) throws IOException {
    boolean isPath = value.length > 1 && value[0] == '/';
    boolean isAbstract = value.length > 1 && value[0] == '@';
    String shown = GivenHandles.quoted(new String(value, UTF_8));
    if (!isPath && !isAbstract) {
      throw new IOException(
          "the environment variable NOTIFY_SOCKET is "
              + shown
              + ": an absolute path, or @ and an abstract name, is what noinherit knows");
    }
    int length = value.length + (isPath ? 1 : 0); // a path ends in a NUL
    if (length > SUN_PATH) {
      throw new IOException(
          "the environment variable NOTIFY_SOCKET is "
              + shown
              + ": longer than a socket's address can be, "
              + (SUN_PATH - 1)
              + " bytes");
    }
    byte[] address = new byte[2 + length];
    address[0] = AF_UNIX;
    System.arraycopy(value, 0, address, 2, value.length);
    if (isAbstract) {
      address[2] = 0;
    }
    return address;
  }

  /** {@code RELOADING=1} with the moment of it, as {@code Type=notify-reload} asks for it. */
  public static String reloading(long monotonicMicroseconds) {
    return "RELOADING=1\nMONOTONIC_USEC=" + monotonicMicroseconds;
  }

  /**
   * {@code STATUS=…}.
   *
   * @throws IllegalArgumentException if the text has a line break or another control character,
   *     with which it could say something else too
   */
  public static String status(String text) {
    text.chars()
        .filter(Character::isISOControl)
        .findFirst()
        .ifPresent(
            c -> {
              throw new IllegalArgumentException(
                  String.format("a status is one line of text; it has U+%04X", c));
            });
    return "STATUS=" + text;
  }

  /**
   * {@code MAINPID=…}.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public static String mainPid(long pid) {
    if (pid <= 0) {
      throw new IllegalArgumentException(pid + " is no pid");
    }
    return "MAINPID=" + pid;
  }

  /**
   * {@code EXTEND_TIMEOUT_USEC=…}.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public static String extendTimeout(Duration time) {
    if (time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException("a timeout is extended by some time, not by " + time);
    }
    return "EXTEND_TIMEOUT_USEC=" + Math.max(1, TimeUnit.MICROSECONDS.convert(time));
  }

  /**
   * {@code FDSTORE=1} or {@code FDSTOREREMOVE=1}, with {@code FDNAME=…}.
   *
   * @throws IllegalArgumentException if the name cannot be one
   */
  public static String store(boolean remove, String name) {
    if (name.isEmpty() || !GivenHandles.isDescriptorName(name)) {
      throw new IllegalArgumentException(
          GivenHandles.quoted(name)
              + " is no name for a stored descriptor: printable ASCII without ':' is, up to 255");
    }
    return (remove ? "FDSTOREREMOVE=1" : "FDSTORE=1") + "\nFDNAME=" + name;
  }

  /**
   * The watchdog's interval.
   *
   * @param microseconds {@code WATCHDOG_USEC}, "" if it is not set
   * @param watched {@code WATCHDOG_PID}, "" if it is not set
   * @param pid this process
   * @return empty if no watchdog is set, or it is for another process
   * @throws IOException if the interval is not a positive number
   */
  public static Optional<Duration> watchdog(String microseconds, String watched, long pid)
      throws IOException {
    if (microseconds.isEmpty() || !(watched.isEmpty() || watched.equals(Long.toString(pid)))) {
      return Optional.empty();
    }
    boolean isNumber =
        microseconds.length() <= 18 && microseconds.chars().allMatch(c -> c >= '0' && c <= '9');
    long value = isNumber ? Long.parseLong(microseconds) : 0;
    if (value == 0) {
      throw new IOException(
          "the environment variable WATCHDOG_USEC is "
              + GivenHandles.quoted(microseconds)
              + ": it is not a number of microseconds");
    }
    return Optional.of(Duration.ofSeconds(value / 1_000_000, value % 1_000_000 * 1000));
  }

  /** The value of a variable in an environment's strings; null if it is not set. */
  public static byte @Nullable [] value(Iterable<byte[]> environment, String name) {
    byte[] start = (name + "=").getBytes(US_ASCII);
    for (byte[] string : environment) {
      if (string.length >= start.length
          && Arrays.equals(string, 0, start.length, start, 0, start.length)) {
        return Arrays.copyOfRange(string, start.length, string.length);
      }
    }
    return null;
  }
}
