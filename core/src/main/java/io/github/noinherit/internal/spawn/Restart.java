// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.HandleClosedException;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.ExecutableMemory;
import io.github.noinherit.internal.handle.HandleNumbers;
import io.github.noinherit.internal.jdk.JdkShutdown;
import io.github.noinherit.internal.jdk.JdkText;
import io.github.noinherit.internal.jdk.Uninterruptibly;
import io.github.noinherit.internal.linux.InPlace;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.posix.FileStatus;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.protect.AllFlags;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/*
 * Restart in place: this process becomes its own program anew, with the handles named.
 *
 *   1. The command line and the program are looked up, and everything is refused that is certain to
 *      fail. Nothing has changed so far.
 *   2. The handles are held: a second number is taken, the holder is looked at again, and that number
 *      goes on. So it is the right one whatever other threads close, and a
 *      shutdown hook may close the holder. A regular file goes on by its own number: a second one
 *      could not be closed again without the POSIX locks of the file being lost (fcntl(2)).
 *   3. If asked for, the JVM's shutdown hooks run, all of them; 4 and 5 are the last thing that it does.
 *   4. No child of ours is being born any more, and none will be (Births).
 *   5. In one downcall: an empty signal mask, a descriptor table of its own in which all is
 *      close-on-exec, the flags of the handles cleared, execve (InPlace).
 *
 * 4 and 5 are done by a thread of their own: mask and table are a thread's, and this one has no other
 * use. It may be any thread: execve ends all others, and the process keeps its pid (execve(2)). If it
 * fails that thread ends with its table, and the caller is told.
 *
 * If a regular file is among the handles the table stays shared, as the process' POSIX locks on that
 * file would be lost with it. Then every descriptor above 2 is made close-on-exec before, with a record
 * by which that is undone after a failure (AllFlags), and there are these races:
 *   1. Another thread, in native code, starts a child between the first fcntl and execve: it has the
 *      handles named, and no others. InPlace tells how long that is.
 *   2. What another thread opens inheritable in the same time goes on. Protection by default makes it
 *      close-on-exec.
 *   3. Another thread closes the file between the last look and execve, and a third gets its number:
 *      the new program gets that one's file. It asks the kernel what it was given, and refuses what
 *      is of another kind.
 *
 * In both cases:
 *   4. ProcessBuilder.start on another thread, between its pipes and its return: the child is ended
 *      by jspawnhelper, which finds the pipe from its parent closed, or runs without its parent's
 *      knowing.
 */
public final class Restart {
  /** How long a birth that is under way is waited for. */
  private static final long PATIENCE_SECONDS = 10;

  private static final int FIRST_AFTER_STANDARD = 3;

  /** Is the JVM shutting down for a restart? */
  private static final AtomicBoolean AFTER_HOOKS = new AtomicBoolean();

  /** How the JVM ends if it cannot be replaced after its hooks have run. */
  private static final int FAILED_AFTER_HOOKS = 1;

  /** What a program asked for. */
  public record Wish(
      List<byte[]> arguments,
      Environment environment,
      String variable,
      Map<String, Object> handles,
      boolean hooks) {}

  private final byte[] program;
  private final List<byte[]> arguments;
  private final Environment environment;
  private final List<Held> held;

  private Restart(
      byte[] program, List<byte[]> arguments, Environment environment, List<Held> held) {
    this.program = program;
    this.arguments = arguments;
    this.environment = environment;
    this.held = held;
  }

  /**
   * A handle on its way.
   *
   * @param number what the new program finds it under
   * @param isOurs is it a number of ours, which is closed if nothing comes of it
   */
  private record Held(String name, Object holder, int number, boolean isOurs) {
    static Held of(String name, Object holder) throws IOException {
      int[] numbers = HandleNumbers.now(holder);
      if (numbers.length != 1) {
        throw new IllegalArgumentException(
            "handle \""
                + name
                + "\": a selector is more than one descriptor and cannot be handed on");
      }
      FileStatus status = FileStatus.ifOpen(numbers[0]);
      if (status == null) {
        throw new HandleClosedException("handle \"" + name + "\" is closed");
      }
      boolean second = !status.isRegularFile();
      if (!second && numbers[0] < FIRST_AFTER_STANDARD) {
        throw new IllegalArgumentException(
            "handle \""
                + name
                + "\" is the file under standard stream "
                + numbers[0]
                + ", which goes on as it is: nothing needs to be named for that");
      }
      int number =
          second
              ? Posix.fcntl(numbers[0], Linux.F_DUPFD_CLOEXEC, FIRST_AFTER_STANDARD)
                  .orThrow("fcntl(%d, F_DUPFD_CLOEXEC, 3)", numbers[0])
              : numbers[0];
      Held held = new Held(name, holder, number, second);
      if (!HandleNumbers.isUnchanged(holder, numbers)) {
        HandleClosedException e = held.closed();
        held.letGo(e);
        throw e;
      }
      return held;
    }

    private HandleClosedException closed() {
      return new HandleClosedException(
          "handle \"" + name + "\" was closed while it was being handed on");
    }

    /** A file's number is looked at again as late as can be. */
    void verify() throws IOException {
      if (!isOurs && !HandleNumbers.isUnchanged(holder, new int[] {number})) {
        throw closed();
      }
    }

    void letGo(Throwable why) {
      if (isOurs) {
        try {
          Posix.close(number).orThrow("close(%d)", number);
        } catch (SystemCallException e) {
          why.addSuppressed(e);
        }
      }
    }
  }

  /** The arguments of this process, argv[0] first. */
  public static List<byte[]> ownArguments() throws IOException {
    return SameCommand.arguments();
  }

  /** Arguments changed as text, all but the first; one that stays the same keeps its bytes. */
  public static List<byte[]> change(List<byte[]> arguments, UnaryOperator<List<String>> change) {
    Charset charset = JdkText.charset();
    List<String> before = new ArrayList<>();
    for (int i = 1; i < arguments.size(); i++) {
      try {
        before.add(charset.newDecoder().decode(ByteBuffer.wrap(arguments.get(i))).toString());
      } catch (CharacterCodingException e) {
        throw new IllegalStateException(
            "argument "
                + i
                + " of this process cannot be read in "
                + charset
                + ", the encoding of this JVM's locale",
            e);
      }
    }
    List<byte[]> after = new ArrayList<>(List.of(arguments.getFirst()));
    for (String argument :
        Objects.requireNonNull(change.apply(List.copyOf(before)), "the changed arguments")) {
      Objects.requireNonNull(argument, "a changed argument");
      after.add(CStrings.encode("argument " + after.size(), argument, charset));
    }
    return after;
  }

  /** Why there can be no restart here, or null if there can. */
  public static @Nullable String objection() {
    try {
      ExecutableMemory.tryOnce();
      return InPlace.objection();
    } catch (SystemCallException e) {
      return e.getMessage();
    }
  }

  /** Restarts. Does not return. */
  public static void now(Wish wish) throws IOException {
    String objection = objection();
    if (objection != null) {
      throw new UnsupportedOperationException(
          "a restart in place is not possible here: "
              + objection
              + "; it needs Linux 5.11, glibc 2.34, and executable memory");
    }
    byte[] program = SameCommand.program();
    List<Held> held = new ArrayList<>();
    try {
      StringBuilder names = new StringBuilder();
      for (Map.Entry<String, Object> e : wish.handles().entrySet()) {
        Held h = Held.of(e.getKey(), e.getValue());
        held.add(h);
        names.append(names.isEmpty() ? "" : ",").append(h.name()).append('=').append(h.number());
      }
      requireDistinct(held);
      if (names.isEmpty()) {
        wish.environment().remove(wish.variable());
      } else {
        wish.environment().put(wish.variable(), names.toString());
      }
      ArgumentLimit.check(
          "restart in place: execve", wish.arguments(), wish.environment().strings());
      Restart restart =
          new Restart(program, wish.arguments(), wish.environment(), List.copyOf(held));
      if (wish.hooks()) {
        restart.afterHooks();
      } else {
        restart.inThreadOfItsOwn();
      }
    } catch (IOException | RuntimeException | Error e) {
      held.forEach(h -> h.letGo(e));
      throw e;
    }
  }

  private static void requireDistinct(List<Held> held) {
    Map<Integer, String> names = new LinkedHashMap<>();
    for (Held h : held) {
      String other = names.putIfAbsent(h.number(), h.name());
      if (other != null) {
        throw new IllegalArgumentException(
            "handles \"" + other + "\" and \"" + h.name() + "\" are the same descriptor");
      }
    }
  }

  private void afterHooks() {
    if (!AFTER_HOOKS.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "another thread has asked for a restart after the shutdown hooks, which are running");
    }
    JdkShutdown.afterHooks(
        () -> {
          try {
            inThreadOfItsOwn();
          } catch (Throwable e) { // nobody is left to throw it to
            System.err.println(
                "The JVM could not be restarted in place after its shutdown hooks had run, and"
                    + " ends: "
                    + e);
            System.err.flush();
          }
        });
    System.exit(FAILED_AFTER_HOOKS);
  }

  private void inThreadOfItsOwn() throws IOException {
    AtomicReference<@Nullable CallResult> returned = new AtomicReference<>();
    AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
    Thread thread =
        Thread.ofPlatform()
            .name("noinherit-restart")
            .daemon()
            .inheritInheritableThreadLocals(false)
            .unstarted(
                () -> {
                  try {
                    returned.set(exec());
                  } catch (Throwable e) {
                    thrown.set(e);
                  }
                });
    thread.start();
    Uninterruptibly.join(thread);
    switch (thrown.get()) {
      case null -> throw failure(returned.get());
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }

  /** Made here and not where it happened: that thread may open nothing, nor load a class. */
  private IOException failure(@Nullable CallResult returned) {
    return returned == null
        ? new IOException("the thread that was to restart this process has ended")
        : InPlace.failure(returned, program, kept(), isShared());
  }

  private int[] kept() {
    return held.stream().mapToInt(Held::number).filter(n -> n > 2).toArray();
  }

  /** Does a regular file go on, on which there may be locks? */
  private boolean isShared() {
    return held.stream().anyMatch(h -> !h.isOurs());
  }

  /** 4 and 5. What it returns is why it has returned. */
  private CallResult exec() throws IOException {
    System.out.flush();
    System.err.flush();
    int[] kept = kept();
    boolean isShared = isShared();
    Births.hold(PATIENCE_SECONDS);
    try {
      AllFlags flags = isShared ? AllFlags.set() : AllFlags.untouched();
      try {
        FormerChildren.note(environment);
        List<byte[]> strings = environment.strings();
        for (Held h : held) {
          h.verify();
        }
        return InPlace.exec(program, arguments, strings, kept, isShared);
      } finally {
        if (isShared) {
          undo(kept, flags);
        }
      }
    } finally {
      Births.release();
    }
  }

  private static void undo(int[] kept, AllFlags flags) throws IOException {
    for (int fd : kept) {
      HandleNumbers.makeSafe(fd);
    }
    flags.putBack();
  }
}
