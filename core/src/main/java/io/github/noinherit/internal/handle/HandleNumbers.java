// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import io.github.noinherit.HandleClosedException;
import io.github.noinherit.HandleProvider;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.jdk.Descriptors;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.Posix;
import java.io.IOException;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/*
 * The only place that turns an object into a number, and the flag operations on it.
 *
 * The hazard: between reading a number from its holder and using it, another thread may close the
 * holder, and a third may open something that gets the same number. The JDK marks a holder as closed
 * before it gives the number back (Descriptors), which leads to these rules:
 *
 *  1. Look, act, look again. If the holder is still open with the same number, the act hit the right
 *     handle. Otherwise it may have hit somebody else's.
 *  2. A flag that may have hit somebody else's handle is put to the safe side, non-inheritable: at
 *     worst a handle that was meant to be inherited is not, which is seen at once; the other mistake
 *     is a leak, which is seen in three weeks.
 *  3. Between a wrong "inheritable" and its correction that handle is inheritable, for the time of
 *     two system calls. We live with that.
 *  4. A raw number (Raw) has no holder to look at again. The caller knows what he does.
 *
 * Handing a handle on needs more than this: see Mailbox.
 */
public final class HandleNumbers {
  private HandleNumbers() {}

  /** A number without a holder. */
  public record Raw(int number) {
    @Override
    public String toString() {
      return "descriptor " + number;
    }
  }

  private static @Nullable List<HandleProvider> providers;

  /** Found once, when a holder is met that the JDK does not explain. */
  private static synchronized List<HandleProvider> providers() {
    List<HandleProvider> found = providers;
    if (found == null) {
      found =
          ServiceLoader.load(HandleProvider.class, HandleProvider.class.getClassLoader()).stream()
              .map(ServiceLoader.Provider::get)
              .toList();
      providers = found;
    }
    return found;
  }

  /**
   * The holder's numbers now, at least one.
   *
   * @throws HandleClosedException if the holder is closed
   * @throws IllegalArgumentException if it is of no supported kind
   */
  public static int[] now(Object holder) throws IOException {
    int[] numbers = look(holder);
    if (numbers.length == 0) {
      throw new HandleClosedException(name(holder) + " is closed");
    }
    return numbers;
  }

  /** The holder's numbers now; none if it is closed. */
  private static int[] look(Object holder) throws IOException {
    Platform.requireLinux();
    if (holder instanceof Raw raw) {
      return new int[] {raw.number()};
    }
    return switch (Descriptors.of(holder)) {
      case Descriptors.Open open -> open.numbers();
      case Descriptors.Foreign foreign -> provided(holder, foreign.reason());
    };
  }

  private static int[] provided(Object holder, String reason) {
    StringBuilder supported = new StringBuilder(Descriptors.SUPPORTED);
    for (HandleProvider provider : providers()) {
      long number = provider.handleOf(holder);
      if (number >= 0 && number <= Integer.MAX_VALUE) {
        return new int[] {(int) number};
      }
      if (number == HandleProvider.CLOSED) {
        return new int[0];
      }
      supported.append("; ").append(provider.supported());
    }
    throw new IllegalArgumentException(
        name(holder)
            + " has no handle that noinherit can reach: "
            + reason
            + ". Supported: "
            + supported
            + ". Others through a HandleProvider");
  }

  /**
   * Refuses a handle that is not open.
   *
   * @throws HandleClosedException if its holder is closed, or a number without a holder is not open
   */
  public static void requireOpen(Object holder) throws IOException {
    if (holder instanceof Raw) {
      isInheritable(holder);
    } else {
      now(holder);
    }
  }

  /** Is the holder still open, with the very numbers that were seen before? */
  public static boolean isUnchanged(Object holder, int[] numbers) throws IOException {
    try {
      return Arrays.equals(look(holder), numbers);
    } finally {
      Reference.reachabilityFence(holder);
    }
  }

  /** Is any of the holder's descriptors inheritable? */
  public static boolean isInheritable(Object holder) throws IOException {
    int[] numbers = now(holder);
    boolean inheritable = false;
    for (int fd : numbers) {
      CallResult flags = Posix.fcntl(fd, Posix.F_GETFD, 0);
      if (flags.failed() && flags.errno() == Errno.EBADF) {
        throw new HandleClosedException(
            name(holder) + " is closed: no descriptor " + fd + " is open");
      }
      inheritable |= (flags.orThrow("fcntl(%d, F_GETFD)", fd) & Posix.FD_CLOEXEC) == 0;
    }
    if (!isUnchanged(holder, numbers)) {
      throw new HandleClosedException(name(holder) + " was closed by another thread meanwhile");
    }
    return inheritable;
  }

  /** Sets the flag on all of the holder's descriptors, and answers their numbers. */
  public static int[] setInheritable(Object holder, boolean inheritable) throws IOException {
    int[] numbers = now(holder);
    boolean confirmed = false;
    try {
      for (int fd : numbers) {
        setFlag(holder, fd, inheritable);
      }
      confirmed = isUnchanged(holder, numbers);
    } finally {
      if (inheritable && !confirmed) {
        for (int fd : numbers) {
          makeSafe(fd);
        }
      }
    }
    if (!confirmed) {
      throw new HandleClosedException(
          name(holder)
              + " was closed by another thread while its flag was being set; whatever has its"
              + " number now is non-inheritable");
    }
    return numbers;
  }

  private static void setFlag(Object holder, int fd, boolean inheritable) throws IOException {
    int flag = inheritable ? 0 : Posix.FD_CLOEXEC;
    CallResult set = Posix.fcntl(fd, Posix.F_SETFD, flag);
    if (set.failed() && set.errno() == Errno.EBADF) {
      throw new HandleClosedException(
          name(holder) + " is closed: no descriptor " + fd + " is open");
    }
    set.orThrow("fcntl(%d, F_SETFD, %s)", fd, inheritable ? "0" : "FD_CLOEXEC");
  }

  /** Rule 2. A number that is not open any more needs nothing. */
  public static void makeSafe(int fd) throws IOException {
    CallResult set = Posix.fcntl(fd, Posix.F_SETFD, Posix.FD_CLOEXEC);
    if (set.failed() && set.errno() != Errno.EBADF) {
      set.orThrow("fcntl(%d, F_SETFD, FD_CLOEXEC)", fd);
    }
  }

  /** A holder in words for messages: its class and what it says of itself, without its secrets. */
  public static String name(Object holder) {
    return holder instanceof Raw raw ? raw.toString() : holder.getClass().getSimpleName();
  }

  /** A holder in words, with its numbers if it is open. */
  public static String describe(Object holder) {
    try {
      return name(holder) + Arrays.toString(now(holder));
    } catch (HandleClosedException e) {
      return name(holder) + "[closed]";
    } catch (IOException e) {
      return name(holder) + "[" + e.getMessage() + "]";
    }
  }
}
