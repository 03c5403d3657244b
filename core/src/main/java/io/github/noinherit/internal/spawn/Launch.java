// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.handle.AboveStandard;
import io.github.noinherit.internal.handle.AtomicOpen;
import io.github.noinherit.internal.handle.HandleNumbers;
import io.github.noinherit.internal.jdk.JdkText;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.linux.MemoryFile;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.spawn.ChildSpec.Given;
import io.github.noinherit.internal.spawn.ChildSpec.Held;
import io.github.noinherit.internal.spawn.ChildSpec.Opened;
import io.github.noinherit.internal.spawn.ChildSpec.Own;
import io.github.noinherit.internal.spawn.ChildSpec.ResourceLimit;
import io.github.noinherit.internal.spawn.ChildSpec.Source;
import io.github.noinherit.internal.spawn.KillWithParent.Tied;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/*
 * From what a program asked for to a running child: its wishes in the kernel's bytes (ChildSpec),
 * pipes for its standard streams, the start, and the reaper.
 *
 * Every descriptor made on the way is closed on failure; the child's ends of the pipes in any case.
 */
public final class Launch {
  /** What becomes of a standard stream. */
  public sealed interface Stream {}

  /** As ProcessBuilder's redirects. */
  public record Redirected(Redirect redirect) implements Stream {}

  /** A handle of the parent's. */
  public record FromHandle(Object holder) implements Stream {}

  /** Bytes for standard input, as a file in memory. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Bytes(byte[] bytes) implements Stream {}

  /** A handle is passed under its number. */
  public record Replaced() implements Stream {}

  /** Standard error goes where standard output goes. */
  public record SameAsOutput() implements Stream {}

  /** A handle and its number in the child. */
  public record Passed(Object holder, String words, int number) {}

  /**
   * What a program asked for.
   *
   * @param environment NAME=VALUE strings
   * @param streams three: input, output, error
   * @param surroundings what else the child has
   * @param killWithParent is it to end when this process does?
   */
  public record Wish(
      List<String> command,
      List<byte[]> environment,
      @Nullable Path directory,
      List<Stream> streams,
      List<Passed> passed,
      @Nullable Long softOpenFiles,
      @Nullable Long hardOpenFiles,
      Surroundings surroundings,
      boolean killWithParent) {}

  private static final String[] STREAM_NAMES = {
    "standard input", "standard output", "standard error"
  };

  private final Wish wish;
  private final Charset charset;
  private final List<Given> given = new ArrayList<>();
  private final List<Integer> childEnds = new ArrayList<>();
  private OutputStream input = StandardStreams.nobodyToWriteTo();
  private InputStream output = StandardStreams.nothingToRead();
  private InputStream error = StandardStreams.nothingToRead();

  private Launch(Wish wish) {
    this.wish = wish;
    this.charset = JdkText.charset();
  }

  /** Starts a child. */
  public static Child start(Wish wish) throws IOException {
    return new Launch(wish).start();
  }

  private Child start() throws IOException {
    String command = wish.command().getFirst();
    List<byte[]> arguments = new ArrayList<>();
    for (int i = 0; i < wish.command().size(); i++) {
      arguments.add(
          CStrings.encode(
              i == 0 ? "the command" : "argument " + i, wish.command().get(i), charset));
    }
    List<byte[]> environment = wish.environment();
    Path path = wish.directory();
    byte[] directory = path == null ? null : JdkText.path(path);
    ArgumentLimit.check("cannot run program \"" + command + "\": execve", arguments, environment);
    if (directory != null) {
      ArgumentLimit.checkDirectory(command, directory);
    }
    List<byte[]> candidates =
        ProgramSearch.executable(
            command, ProgramSearch.candidates(arguments.getFirst()), directory);
    // before anything of ours is opened, which could take the number of one that is closed
    for (Passed p : wish.passed()) {
      HandleNumbers.requireOpen(p.holder());
    }
    for (Stream stream : wish.streams()) {
      if (stream instanceof FromHandle(Object holder)) {
        HandleNumbers.requireOpen(holder);
      }
    }
    return Births.during(() -> birth(command, candidates, arguments, environment, directory));
  }

  private Child birth(
      String command,
      List<byte[]> candidates,
      List<byte[]> arguments,
      List<byte[]> environment,
      byte @Nullable [] directory)
      throws IOException {
    Executor executor = Way.executor();
    KillWithParent ties = wish.killWithParent() ? KillWithParent.inForce() : null;
    Reaper reaper = Reaper.running();
    try {
      Child child;
      try {
        for (Passed p : wish.passed()) {
          give(new Held(p.holder(), p.words()), p.number());
        }
        streams();
        ChildSpec spec =
            new ChildSpec(
                command,
                candidates,
                arguments,
                environment,
                directory,
                given,
                openFiles(),
                wish.surroundings());
        Tied tied =
            ties == null
                ? free(startOrShell(executor, spec))
                : ties.start(s -> startOrShell(executor, s), spec, isOnTerminal());
        child = new Child(tied.started(), input, output, error, tied.tree());
      } finally {
        // before the reaper looks: it asks whether anybody has the other end
        for (int end : childEnds) {
          Children.close(end);
        }
      }
      watch(reaper, child);
      return child;
    } catch (IOException | RuntimeException | Error e) {
      closeAll(e, input, output, error);
      throw e;
    }
  }

  /** A text without an interpreter line is a script for the shell: execvp(3), ProcessBuilder. */
  private static Executor.Started startOrShell(Executor executor, ChildSpec spec)
      throws IOException {
    try {
      return executor.start(spec);
    } catch (Executor.ExecFormat e) {
      byte[] shell = "/bin/sh".getBytes(StandardCharsets.US_ASCII);
      List<byte[]> arguments = new ArrayList<>(spec.arguments());
      arguments.set(0, spec.candidates().get(e.candidate));
      arguments.addFirst(shell);
      return executor.start(spec.with(List.of(shell), arguments));
    }
  }

  /** A child that nobody ends. */
  private Tied free(Executor.Started started) {
    boolean leads = wish.surroundings().group() != Surroundings.Group.PARENTS;
    return new Tied(started, new LinkedTree(started.pid(), leads));
  }

  /** Does it get our controlling terminal as a standard stream? */
  private boolean isOnTerminal() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment group = arena.allocate(ValueLayout.JAVA_INT);
      for (int i = 0; i < 3; i++) {
        // only the controlling terminal answers: tcgetpgrp(3)
        if (wish.streams().get(i) instanceof Redirected(Redirect r)
            && r.type() == Redirect.Type.INHERIT
            && !Linux.ioctl(i, Linux.TIOCGPGRP, group).failed()) {
          return true;
        }
      }
      return false;
    }
  }

  private static void watch(Reaper reaper, Child child) throws IOException {
    if (child.pidfd() == Children.GONE) {
      child.endedUnseen();
      return;
    }
    try {
      reaper.watch(child);
    } catch (IOException | RuntimeException | Error e) {
      Children.end(child.pidfd(), e);
      child.endedUnwatched();
      throw e;
    }
  }

  private static void closeAll(Throwable why, AutoCloseable... streams) {
    for (AutoCloseable stream : streams) {
      try {
        stream.close();
      } catch (Exception e) {
        why.addSuppressed(e);
      }
    }
  }

  private @Nullable ResourceLimit openFiles() {
    Long soft = wish.softOpenFiles();
    Long hard = wish.hardOpenFiles();
    return soft == null || hard == null ? null : new ResourceLimit(soft, hard);
  }

  private void give(Source source, int target) {
    given.add(new Given(source, List.of(target)));
  }

  private void streams() throws IOException {
    for (int i = 0; i < 3; i++) {
      switch (wish.streams().get(i)) {
        case Replaced s -> {
          // among the handles passed
        }
        case FromHandle(Object holder) -> give(new Held(holder, STREAM_NAMES[i]), i);
        case Bytes(byte[] bytes) -> bytes(i, bytes);
        case SameAsOutput s -> alsoStandardError();
        case Redirected(Redirect r) when r.type() == Redirect.Type.PIPE -> pipe(i);
        case Redirected(Redirect r) when r.type() == Redirect.Type.INHERIT -> inherit(i);
        case Redirected(Redirect r) -> give(file(i, r), i);
      }
    }
  }

  /** What is standard output gets a second number. */
  private void alsoStandardError() {
    given.replaceAll(
        g -> g.targets().equals(List.of(1)) ? new Given(g.source(), List.of(1, 2)) : g);
  }

  private void bytes(int i, byte[] bytes) throws IOException {
    int made = MemoryFile.of(bytes);
    int file;
    try {
      file = AboveStandard.move(made);
    } catch (SystemCallException e) {
      AtomicOpen.close(made, e);
      throw e;
    }
    childEnds.add(file);
    give(new Own(file, STREAM_NAMES[i]), i);
  }

  private void pipe(int i) throws IOException {
    int childEnd =
        switch (i) {
          case 0 -> {
            var pipe = StandardStreams.toChild();
            input = pipe.stream();
            yield pipe.childEnd();
          }
          case 1 -> {
            var pipe = StandardStreams.fromChild();
            output = pipe.stream();
            yield pipe.childEnd();
          }
          default -> {
            var pipe = StandardStreams.fromChild();
            error = pipe.stream();
            yield pipe.childEnd();
          }
        };
    childEnds.add(childEnd);
    give(new Own(childEnd, STREAM_NAMES[i]), i);
  }

  /** A standard stream that is closed here is closed in the child too. */
  private void inherit(int i) throws IOException {
    CallResult flags = Posix.fcntl(i, Posix.F_GETFD, 0);
    if (flags.failed() && flags.errno() == Errno.EBADF) {
      return;
    }
    flags.orThrow("fcntl(%d, F_GETFD)", i);
    give(new Own(i, STREAM_NAMES[i]), i);
  }

  /**
   * Opened by the child, so relative to our directory as long as the path is made absolute here.
   */
  private Opened file(int i, Redirect redirect) throws IOException {
    File file = redirect.file();
    if (file == null) {
      throw new IllegalArgumentException(
          STREAM_NAMES[i] + ": a redirect of type " + redirect.type() + " without a file");
    }
    boolean reads = redirect.type() == Redirect.Type.READ;
    if (reads != (i == 0)) {
      throw new IllegalArgumentException(STREAM_NAMES[i] + " cannot be redirected by " + redirect);
    }
    boolean appends = redirect.type() == Redirect.Type.APPEND;
    int flags =
        reads
            ? Posix.O_RDONLY
            : Posix.O_WRONLY | Posix.O_CREAT | (appends ? Posix.O_APPEND : Posix.O_TRUNC);
    String words =
        String.format(
            "open(\"%s\", %s), %s",
            file,
            reads ? "O_RDONLY" : "O_WRONLY|O_CREAT|" + (appends ? "O_APPEND" : "O_TRUNC"),
            STREAM_NAMES[i]);
    return new Opened(
        CStrings.encode(STREAM_NAMES[i] + "'s file", file.getAbsolutePath(), charset),
        flags,
        0666,
        words);
  }
}
