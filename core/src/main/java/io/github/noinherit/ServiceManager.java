// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import io.github.noinherit.internal.handle.Notifier;
import io.github.noinherit.internal.posix.HandleMessage;
import io.github.noinherit.internal.protocol.ServiceProtocol;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * The service manager that started this process, systemd or one that speaks its protocol: what a
 * service tells it (sd_notify(3)), and handles that it keeps over a restart.
 *
 * {@snippet :
 * ServiceManager.ready();                            // when the service can be used
 * ServiceManager.status("42 connections");
 * ServiceManager.store("session", connection);       // kept over a restart
 * }
 *
 * <p>Each method sends one datagram to the address in {@code NOTIFY_SOCKET} and answers true; where
 * that is not set it does nothing and answers false, so a program may call them however it was
 * started. True says that the message is in the manager's queue, not that it has acted on it or has
 * accepted it: it ignores what {@code NotifyAccess=} does not allow, and handles beyond {@code
 * FileDescriptorStoreMax=}, which is 0 unless set. A manager that is slow to read makes the call
 * wait.
 *
 * <p>The variables stay in the environment of this process, so children may send messages too where
 * {@code NotifyAccess=} allows it.
 *
 * <p>Safe for use by several threads. All methods throw {@link UnsupportedOperationException} if
 * native access is denied, and {@link IOException} if {@code NOTIFY_SOCKET} cannot be understood
 * (an {@code AF_VSOCK} address is not) or the message cannot be sent; those of other operating
 * systems answer false.
 *
 * <p>Sources: sd_notify(3), sd_pid_notify_with_fds(3), sd_watchdog_enabled(3), systemd.service(5).
 */
public final class ServiceManager {
  private ServiceManager() {}

  /**
   * {@return is there a service manager that wants to be told}
   *
   * @throws IOException if {@code NOTIFY_SOCKET} cannot be understood
   */
  public static boolean isPresent() throws IOException {
    return Notifier.isPresent();
  }

  /**
   * {@code READY=1}: the service is up, or has reloaded ({@code Type=notify}).
   *
   * @return true if it was sent
   * @throws IOException if it cannot be sent
   */
  public static boolean ready() throws IOException {
    return Notifier.send("READY=1");
  }

  /**
   * {@code RELOADING=1} with {@code MONOTONIC_USEC}, the moment of it, which {@code
   * Type=notify-reload} asks for. {@link #ready()} says that it is done.
   *
   * @return true if it was sent
   * @throws IOException if it cannot be sent
   */
  public static boolean reloading() throws IOException {
    return isPresent()
        && Notifier.send(ServiceProtocol.reloading(Notifier.monotonicMicroseconds()));
  }

  /**
   * {@code STOPPING=1}: the service is on its way down.
   *
   * @return true if it was sent
   * @throws IOException if it cannot be sent
   */
  public static boolean stopping() throws IOException {
    return Notifier.send("STOPPING=1");
  }

  /**
   * {@code STATUS=}: a line for people, which {@code systemctl status} shows.
   *
   * @param text one line
   * @return true if it was sent
   * @throws IllegalArgumentException if it has a line break or another control character
   * @throws IOException if it cannot be sent
   */
  public static boolean status(String text) throws IOException {
    return Notifier.send(ServiceProtocol.status(text));
  }

  /**
   * {@code MAINPID=}: another process is the service's main one from now on.
   *
   * @param pid its pid
   * @return true if it was sent
   * @throws IllegalArgumentException if it is not positive
   * @throws IOException if it cannot be sent
   */
  public static boolean mainPid(long pid) throws IOException {
    return Notifier.send(ServiceProtocol.mainPid(pid));
  }

  /**
   * {@code EXTEND_TIMEOUT_USEC=}: starting, running or stopping takes longer; the next message will
   * come within this time.
   *
   * @param time from now on
   * @return true if it was sent
   * @throws IllegalArgumentException if it is not positive
   * @throws IOException if it cannot be sent
   */
  public static boolean extendTimeout(Duration time) throws IOException {
    return Notifier.send(ServiceProtocol.extendTimeout(time));
  }

  /**
   * How often {@link #watchdog()} must be called at least: {@code WATCHDOG_USEC}. Half of it is
   * recommended.
   *
   * @return the interval; empty if none is set, or {@code WATCHDOG_PID} is another process
   * @throws IOException if it cannot be understood
   */
  public static Optional<Duration> watchdogInterval() throws IOException {
    return Notifier.watchdog();
  }

  /**
   * {@code WATCHDOG=1}: the service is alive.
   *
   * @return true if it was sent
   * @throws IOException if it cannot be sent
   */
  public static boolean watchdog() throws IOException {
    return Notifier.send("WATCHDOG=1");
  }

  /**
   * {@code FDSTORE=1}: the manager keeps handles, such as connections or a listener, and gives them
   * to the next start of this service, as {@link Inherited} under this name. It keeps them until
   * {@link #forget}, until they are no longer readable or writable for anybody (poll(2): POLLHUP,
   * POLLERR), or until the service is stopped for good.
   *
   * @param name printable ASCII without {@code :}, at most 255
   * @param holders open handle holders, one at least and 253 at most; they stay open here. For a
   *     selector its epoll descriptor is sent
   * @return true if it was sent
   * @throws IllegalArgumentException if the name is none, there are too few or too many, one is no
   *     handle holder, or one is a regular file, whose locks could be lost on the way
   * @throws HandleClosedException if one is closed, or was closed by another thread meanwhile;
   *     nothing was sent
   * @throws IOException if it cannot be sent
   */
  public static boolean store(String name, Closeable... holders) throws IOException {
    String message = ServiceProtocol.store(false, name);
    if (holders.length == 0 || holders.length > HandleMessage.MOST) {
      throw new IllegalArgumentException(
          "1 to " + HandleMessage.MOST + " handles go in one message, not " + holders.length);
    }
    return Notifier.sendWith(message, holders.clone());
  }

  /**
   * {@code FDSTOREREMOVE=1}: the manager closes what it keeps under a name.
   *
   * @param name as for {@link #store}
   * @return true if it was sent
   * @throws IllegalArgumentException if the name is none
   * @throws IOException if it cannot be sent
   */
  public static boolean forget(String name) throws IOException {
    return Notifier.send(ServiceProtocol.store(true, name));
  }
}
