// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import static java.util.stream.Collectors.joining;

import io.github.noinherit.InheritedHandle;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.posix.Environ;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.protocol.GivenHandle;
import io.github.noinherit.internal.protocol.GivenHandles;
import java.io.IOException;
import java.nio.channels.Channel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/*
 * From what the parent gave to channels.
 *
 * The environment says which handles were given (GivenHandles); what each of them is, the kernel says
 * (OpenDescriptor). In one step, with a lock that all class loaders of the JVM share:
 *
 *   1. the variables are understood as a whole, and everything in them that nobody has adopted yet is
 *      open. If not, nothing is changed
 *   2. the one that is asked for was not adopted before, and is what is asked for
 *   3. all that was given becomes close-on-exec, as sd_listen_fds(3) does it too: what is never
 *      adopted shall not go on either
 *   4. the channel is made, and owns the descriptor
 *
 * What fails in 3 and 4 is taken back: the flags are what they were, and the number may be adopted.
 *
 * Races:
 *  1. Between the exec of this process and step 3 the handles are inheritable: that is how they came
 *     here. A careless child that is started before has them. Adopt before the first child.
 *  2. Native code that closes such a number, or puts something else under it, during these steps is
 *     not guarded for: nobody but us has a reason to.
 *  3. The numbers are looked at once more at each call. One that was adopted, closed and used again
 *     for something else is known by the record (Adopted), not by what it is.
 */
public final class Adoption {
  private Adoption() {}

  /** Adopts what was given under a name; empty if nothing was. */
  public static <C extends Channel> Optional<C> named(String name, Want<C> want)
      throws IOException {
    synchronized (Adopted.LOCK) {
      List<GivenHandle> given = given();
      if (given.isEmpty()) {
        return standardSocket(name, want);
      }
      GivenHandle handle = find(given, name);
      if (handle == null) {
        return Optional.empty();
      }
      requireFresh(handle.number(), handle.words());
      OpenDescriptor found = requireOpen(handle);
      Want.Maker<C> maker = fitting(want, found, handle.words());
      C channel = adopt(handle.number(), handle.words(), found, maker, given);
      if (handle.name().equals(GivenHandles.UNNAMED)) {
        Adopted.add(handle.number(), name);
      } else {
        Adopted.add(handle.number());
      }
      return Optional.of(channel);
    }
  }

  /** Adopts a descriptor by its number; empty if it is not open. */
  public static <C extends Channel> Optional<C> numbered(int number, Want<C> want)
      throws IOException {
    boolean isStandardInput = number == 0 && want.isForSockets();
    if (number < 3 && !isStandardInput) {
      throw new IllegalArgumentException(
          "descriptor "
              + number
              + " is not adopted as "
              + want.words()
              + ": 0 to 2 are the standard streams, and only a socket that inetd put under 0 is"
              + " taken from there");
    }
    Platform.requireLinux();
    synchronized (Adopted.LOCK) {
      String words = "descriptor " + number;
      requireFresh(number, words);
      OpenDescriptor found = OpenDescriptor.ifOpen(number);
      if (found == null || (isStandardInput && !found.isSocket())) {
        return Optional.empty();
      }
      Want.Maker<C> maker = fitting(want, found, words);
      C channel =
          isStandardInput
              ? StandardSocket.adopt(maker)
              : adopt(number, words, found, maker, List.of());
      Adopted.add(number);
      return Optional.of(channel);
    }
  }

  /** What was given and nobody has adopted. */
  public static List<InheritedHandle> all() throws IOException {
    synchronized (Adopted.LOCK) {
      List<InheritedHandle> all = new ArrayList<>();
      List<GivenHandle> given = given();
      for (GivenHandle handle : given) {
        if (!Adopted.contains(handle.number())) {
          all.add(described(handle.name(), handle.number(), requireOpen(handle)));
        }
      }
      if (given.isEmpty() && Platform.current().isLinux()) {
        OpenDescriptor socket = StandardSocket.ifGiven();
        if (socket != null) {
          all.add(described(GivenHandles.UNNAMED, 0, socket));
        }
      }
      return List.copyOf(all);
    }
  }

  private static InheritedHandle described(String name, int number, OpenDescriptor found) {
    return new InheritedHandle(name, number, found.kind(), found.isNonBlocking());
  }

  /** Step 1. */
  private static List<GivenHandle> given() throws IOException {
    if (!Platform.current().isLinux()) {
      // where nothing is given a server opens its sockets itself, on any platform
      if (System.getenv(GivenHandles.HANDLES) != null || System.getenv(GivenHandles.FDS) != null) {
        Platform.requireLinux();
      }
      return List.of();
    }
    List<GivenHandle> given =
        switch (GivenHandles.of(Environ::value, Posix.getpid())) {
          case GivenHandles.Handles(List<GivenHandle> handles) -> handles;
          case GivenHandles.Malformed(String why) -> throw new IOException(why);
        };
    for (GivenHandle handle : given) {
      CallResult flags = Posix.fcntl(handle.number(), Posix.F_GETFD, 0);
      if (flags.failed() && !Adopted.contains(handle.number())) {
        throw notOpen(handle);
      }
    }
    return given;
  }

  private static IOException notOpen(GivenHandle handle) {
    return new IOException(
        handle.words()
            + " is not open: "
            + Errno.describe(Errno.EBADF)
            + "; a program between the one that gave it and this one has to hand it on, or to take "
            + handle.variable()
            + " out of the environment");
  }

  private static OpenDescriptor requireOpen(GivenHandle handle) throws IOException {
    OpenDescriptor found = OpenDescriptor.ifOpen(handle.number());
    if (found == null) {
      throw notOpen(handle);
    }
    return found;
  }

  /**
   * The handle of a name. The first variable that has it counts. One that was given without a name
   * answers to every name if it is alone, until somebody has it.
   */
  private static @Nullable GivenHandle find(List<GivenHandle> given, String name)
      throws IOException {
    List<GivenHandle> named = given.stream().filter(h -> h.name().equals(name)).toList();
    if (named.isEmpty()) {
      GivenHandle first = given.getFirst();
      boolean isAny =
          given.size() == 1
              && first.name().equals(GivenHandles.UNNAMED)
              && (!Adopted.contains(first.number()) || Adopted.contains(first.number(), name));
      return isAny ? first : null;
    }
    String variable = named.getFirst().variable();
    named = named.stream().filter(h -> h.variable().equals(variable)).toList();
    if (named.size() > 1) {
      throw new IOException(
          named.stream().map(GivenHandle::words).collect(joining(" and "))
              + " have one name: adopt them by their numbers, which Inherited.all() tells");
    }
    return named.getFirst();
  }

  /** Step 2. */
  private static void requireFresh(int number, String words) {
    if (Adopted.contains(number)) {
      throw new IllegalStateException(
          words + " was adopted before in this JVM, and belongs to the channel that was made then");
    }
  }

  private static <C> Want.Maker<C> fitting(Want<C> want, OpenDescriptor found, String words)
      throws IOException {
    Want.Maker<C> maker = want.fit().maker(found);
    if (maker == null) {
      throw new IOException(
          words + " is " + found.words() + ", and what is asked for is " + want.words());
    }
    return maker;
  }

  /** Steps 3 and 4. */
  private static <C> C adopt(
      int number, String words, OpenDescriptor found, Want.Maker<C> maker, List<GivenHandle> given)
      throws IOException {
    requireNotOwn(words, number, found);
    FlagChange flags = new FlagChange();
    try {
      flags.closeOnExec(number);
      for (GivenHandle handle : given) {
        if (!Adopted.contains(handle.number())) {
          flags.closeOnExec(handle.number());
        }
      }
      return maker.make(number);
    } catch (IOException | RuntimeException e) {
      flags.undo(e);
      throw e;
    }
  }

  private static void requireNotOwn(String words, int number, OpenDescriptor found)
      throws IOException {
    Path own = found.kind() == InheritedHandle.Kind.FILE ? JvmFiles.ifOwn(number) : null;
    if (own != null) {
      throw new IOException(
          words
              + " is a file that this JVM has opened itself, "
              + own
              + ": what should be there was not handed on");
    }
  }

  /**
   * Was this number given, as far as can be seen?
   *
   * @throws IOException if there is a file that this JVM has opened itself
   */
  public static boolean isGiven(int number) throws IOException {
    Platform.requireLinux();
    OpenDescriptor found = OpenDescriptor.ifOpen(number);
    if (found == null) {
      return false;
    }
    requireNotOwn("descriptor " + number, number, found);
    return true;
  }

  /** What inetd put under 0 has no name, and answers to every one. */
  private static <C extends Channel> Optional<C> standardSocket(String name, Want<C> want)
      throws IOException {
    if (Adopted.contains(0, name)) {
      requireFresh(0, "the socket that inetd put under 0");
    }
    if (!Platform.current().isLinux() || Adopted.contains(0)) {
      return Optional.empty();
    }
    OpenDescriptor found = StandardSocket.ifGiven();
    Want.Maker<C> maker = found == null ? null : want.fit().maker(found);
    if (maker == null) {
      return Optional.empty();
    }
    C channel = StandardSocket.adopt(maker);
    Adopted.add(0, name);
    return Optional.of(channel);
  }
}
