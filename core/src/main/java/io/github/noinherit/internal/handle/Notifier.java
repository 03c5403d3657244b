// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.noinherit.HandleClosedException;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.posix.Environ;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.FileStatus;
import io.github.noinherit.internal.posix.HandleMessage;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.protocol.ServiceProtocol;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/*
 * Messages to the service manager: one datagram each, from a socket that is made for it, to the
 * address in NOTIFY_SOCKET (sd_notify(3)).
 *
 * Handles go with it as the kernel passes descriptors (unix(7), SCM_RIGHTS). What was sent cannot be
 * taken back, so it must be known before that it is the holder's own file: each is pinned in a
 * mailbox first, looked at again, received under a number of ours, and that is sent. A regular file
 * cannot go this way, as closing our number would drop its locks (see Mailbox).
 */
public final class Notifier {
  private static final String SOCKET = "NOTIFY_SOCKET";

  private Notifier() {}

  /** The manager's address; null if there is none. */
  private static byte @Nullable [] address() throws IOException {
    if (!Platform.current().isLinux()) {
      if (System.getenv(SOCKET) != null) {
        Platform.requireLinux();
      }
      return null;
    }
    byte[] value = ServiceProtocol.value(Environ.strings(), SOCKET);
    return value == null || value.length == 0 ? null : ServiceProtocol.address(value);
  }

  /** Is there a service manager that wants to be told? */
  public static boolean isPresent() throws IOException {
    return address() != null;
  }

  /** Sends a message; false if there is nobody to send it to. */
  public static boolean send(String message) throws IOException {
    byte[] address = address();
    if (address == null) {
      return false;
    }
    send(address, message, new int[0]);
    return true;
  }

  /** Sends a message with handles; false if there is nobody to send it to. */
  public static boolean sendWith(String message, Closeable... holders) throws IOException {
    byte[] address = address();
    if (address == null) {
      return false;
    }
    int[] pinned = pin(holders);
    IOException failure = null;
    try {
      send(address, message, pinned);
    } catch (IOException e) {
      failure = e;
    }
    for (int fd : pinned) {
      CallResult closed = Posix.close(fd);
      if (closed.failed() && failure == null) {
        failure = new SystemCallException("close(" + fd + ")", closed.errno());
      }
    }
    if (failure != null) {
      throw failure;
    }
    return true;
  }

  /** Numbers of our own for the handles. */
  private static int[] pin(Closeable... holders) throws IOException {
    List<int[]> numbers = new ArrayList<>();
    for (Closeable holder : holders) {
      numbers.add(HandleNumbers.now(holder));
    }
    int[] sent = numbers.stream().mapToInt(n -> n[0]).toArray();
    try (Mailbox mailbox = new Mailbox()) {
      mailbox.send(sent);
      for (int i = 0; i < holders.length; i++) {
        boolean isRegularFile = FileStatus.of(sent[i]).isRegularFile();
        String name = HandleNumbers.name(holders[i]);
        if (!HandleNumbers.isUnchanged(holders[i], numbers.get(i))) {
          throw new HandleClosedException(name + " was closed by another thread meanwhile");
        }
        if (isRegularFile) {
          throw new IllegalArgumentException(
              name
                  + " is a regular file: these are not stored, as their locks could be lost on the"
                  + " way; it can be opened again by its name");
        }
      }
      return mailbox.receive(sent.length);
    }
  }

  private static void send(byte[] address, String message, int[] descriptors) throws IOException {
    int socket =
        Posix.socket(Posix.AF_UNIX, Posix.SOCK_DGRAM | Posix.SOCK_CLOEXEC, 0)
            .orThrow("socket(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC, 0)");
    CallResult sent;
    CallResult closed;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment datagram =
          HandleMessage.datagram(
              arena,
              arena.allocateFrom(ValueLayout.JAVA_BYTE, address),
              arena.allocateFrom(ValueLayout.JAVA_BYTE, message.getBytes(UTF_8)),
              descriptors);
      do {
        sent = Posix.sendmsg(socket, datagram, Posix.MSG_NOSIGNAL);
      } while (sent.failed() && sent.errno() == Errno.EINTR);
      closed = Posix.close(socket);
    }
    if (sent.failed()) {
      throw new SystemCallException(
          "sendmsg to NOTIFY_SOCKET, " + message.lines().findFirst().orElse("nothing"),
          sent.errno(),
          "is the service manager that started this process still there?");
    }
    closed.orThrow("close(%d)", socket);
  }

  /** The moment that the manager compares with: CLOCK_MONOTONIC, in microseconds. */
  public static long monotonicMicroseconds() throws IOException {
    Platform.requireLinux();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocate(16, 8); // struct timespec { time_t sec; long nsec; }
      Posix.clock_gettime(Posix.CLOCK_MONOTONIC, time).orThrow("clock_gettime(CLOCK_MONOTONIC)");
      return time.get(JAVA_LONG, 0) * 1_000_000 + time.get(JAVA_LONG, 8) / 1000;
    }
  }

  /** The watchdog's interval; empty if this process is not watched. */
  public static Optional<Duration> watchdog() throws IOException {
    if (!Platform.current().isLinux()) {
      return Optional.empty();
    }
    return ServiceProtocol.watchdog(
        Environ.value("WATCHDOG_USEC"), Environ.value("WATCHDOG_PID"), Posix.getpid());
  }
}
