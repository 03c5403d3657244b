// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.handle.AboveStandard;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.linux.Signals;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.spawn.ChildSpec.Given;
import io.github.noinherit.internal.spawn.ChildSpec.Opened;
import io.github.noinherit.internal.spawn.ChildSpec.Own;
import io.github.noinherit.internal.spawn.Surroundings.Group;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/*
 * The process that outlives this one for a moment and ends its children: a shell with one of the
 * texts of GuardianScript, that waits for the end of a socket of which we have the other end.
 *
 * It is out of reach of the children's signals and the terminal's: it has a session of its own, and
 * ignores what can be ignored. What ends it all the same, a SIGKILL to its very pid, or to all
 * processes of the user, is seen through its pidfd.
 *
 * Our end of the socket is close-on-exec. It must be nobody else's when we end, or the guardian waits
 * on: foreign code that forks this process without exec (no child of the JDK's or ours) would keep it.
 *
 * A start that is under way has the socket's number in its hands, so the socket is closed when
 * the guardian has ended and nobody uses it any more.
 */
final class Guardian implements Tree {
  /** What a number that is told to the guardian is. */
  enum Kind {
    /** A child that leads its own group. */
    GROUP('g'),
    /** A child in our own group. */
    PROCESS('p'),
    /** A child that has ended, of whose group something is left. */
    LEFT_GROUP('d'),
    /** Nothing that is to be ended, any more. */
    FORGOTTEN('f');

    private final char letter;

    Kind(char letter) {
      this.letter = letter;
    }

    char letter() {
      return letter;
    }
  }

  private static final String SHELL = "/bin/sh";
  private static final String NAME = "noinherit-guardian of ";
  private static final String PATH = "PATH=/usr/bin:/bin:/usr/sbin:/sbin";
  private static final int GREETING_MILLIS = 10_000;
  private static final int POLLFD = 8;
  private static final int POLLFD_EVENTS = 4;
  private static final short POLLIN = 1;

  /** 10,000 times a millisecond. */
  private static final int PATIENCE = 10_000;

  private static final long PAUSE_NANOS = 1_000_000;

  /** It ended before it said anything: there is no such shell, or somebody killed it. */
  static final class EndedAtOnce extends IOException {
    private static final long serialVersionUID = 1L;

    EndedAtOnce(String message) {
      super(message);
    }
  }

  private final int socket;
  private final Deque<String> untold = new ArrayDeque<>();
  private final Child child;
  private final Runnable whenEnded;
  private volatile boolean hasEnded;
  private int users = 1;

  private Guardian(int socket, Executor.Started started, Runnable whenEnded) {
    this.socket = socket;
    this.whenEnded = whenEnded;
    this.child =
        new Child(
            started,
            StandardStreams.nobodyToWriteTo(),
            StandardStreams.nothingToRead(),
            StandardStreams.nothingToRead(),
            this);
  }

  /**
   * Starts one, and waits until it waits.
   *
   * @param whenEnded run by the reaper when it has ended
   * @throws IOException if there is no shell, or it does not do what it should
   */
  static Guardian start(String script, List<String> arguments, Runnable whenEnded)
      throws IOException {
    int[] ends;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pair = arena.allocate(JAVA_INT, 2);
      Posix.socketpair(Posix.AF_UNIX, Posix.SOCK_STREAM | Posix.SOCK_CLOEXEC, 0, pair)
          .orThrow("socketpair(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0), for a guardian");
      ends = AboveStandard.movePair(pair.toArray(JAVA_INT));
    }
    int ours = ends[0];
    try {
      Reaper reaper = Reaper.running();
      Executor.Started started;
      try {
        started = Way.executor().start(spec(script, arguments, ends[1]));
      } finally {
        Children.close(ends[1]);
      }
      try {
        greeted(ours);
        Guardian guardian = new Guardian(ours, started, whenEnded);
        reaper.watch(guardian.child);
        return guardian;
      } catch (IOException | RuntimeException | Error e) {
        Children.end(started.pidfd(), e);
        throw e;
      }
    } catch (IOException | RuntimeException | Error e) {
      Children.close(ours);
      throw e;
    }
  }

  private static ChildSpec spec(String script, List<String> arguments, int theirs) {
    List<byte[]> command = new ArrayList<>();
    for (String s : List.of(SHELL, "-c", script, NAME + Posix.getpid())) {
      command.add(ascii(s));
    }
    arguments.forEach(a -> command.add(a.getBytes(StandardCharsets.UTF_8)));
    return new ChildSpec(
        SHELL,
        List.of(ascii(SHELL)),
        command,
        List.of(ascii(PATH)),
        ascii("/"),
        List.of(
            new Given(new Own(theirs, "the guardian's socket"), List.of(0, 1)),
            new Given(
                new Opened(ascii("/dev/null"), Posix.O_WRONLY, 0, "open(\"/dev/null\", O_WRONLY)"),
                List.of(2))),
        null,
        Surroundings.PARENTS.withGroup(Group.OWN_SESSION));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Waits until it says that it is ready. */
  private static void greeted(int socket) throws IOException {
    String said = "";
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment wanted = arena.allocate(POLLFD, 4);
      wanted.set(JAVA_INT, 0, socket);
      wanted.set(JAVA_SHORT, POLLFD_EVENTS, POLLIN);
      MemorySegment text = arena.allocate(256);
      while (!said.endsWith("\n")) {
        CallResult ready;
        do {
          ready = Linux.poll(wanted, 1, GREETING_MILLIS);
        } while (ready.failed() && ready.errno() == Errno.EINTR);
        if (ready.orThrow("poll(%d, POLLIN), for a guardian's first word", socket) == 0) {
          throw new IOException(
              SHELL
                  + " says nothing for "
                  + GREETING_MILLIS / 1000
                  + " s; it said \""
                  + said
                  + '"');
        }
        CallResult got = Posix.recv(socket, text, text.byteSize(), Posix.MSG_DONTWAIT);
        int length = got.orThrow("recv(%d), a guardian's first word", socket);
        if (length == 0) {
          throw new EndedAtOnce(SHELL + " ended at once; it said \"" + said + '"');
        }
        said += new String(text.asSlice(0, length).toArray(JAVA_BYTE), StandardCharsets.ISO_8859_1);
      }
    }
    if (!said.equals(GuardianScript.READY + "\n")) {
      throw new IOException(SHELL + " cannot do what a guardian must: " + said.strip());
    }
  }

  /** Its process id. */
  int pid() {
    return child.pid();
  }

  boolean isAlive() {
    return !hasEnded;
  }

  @Override
  public void ended() {
    hasEnded = true;
    release();
    whenEnded.run();
  }

  @Override
  public void kill(Child itself) throws IOException {
    itself.signal(Signals.SIGKILL);
  }

  /** Keeps the socket open. False if it is closed, or is about to be, as the guardian has ended. */
  synchronized boolean use() {
    if (users == 0 || hasEnded) {
      return false;
    }
    users++;
    return true;
  }

  /** The socket's number, for who uses it. */
  int socket() {
    return socket;
  }

  /** Ends a use. */
  synchronized void release() {
    users--;
    if (users == 0) {
      CallResult closed = Posix.close(socket);
      if (closed.failed()) {
        throw new IllegalStateException(
            "close of a guardian's socket: " + Errno.describe(closed.errno()));
      }
    }
  }

  /**
   * Tells it of a process. If it is too busy to listen that is kept, and told before anything else
   * at the next call. If it has ended nothing is told: the next one is told all.
   */
  synchronized void tell(Kind kind, int pid) {
    untold.add(kind.letter() + " " + pid + "\n");
    tellOn();
  }

  /**
   * Tells what is left to tell, and waits until that is done.
   *
   * @return false if it did not listen for ten seconds, or has ended
   */
  boolean tellAll() {
    for (int i = 0; i < PATIENCE && isAlive(); i++) {
      tellOn();
      synchronized (this) {
        if (untold.isEmpty()) {
          return true;
        }
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return false;
  }

  /** Ends it. */
  void kill() throws IOException {
    kill(child);
  }

  /** Tells what is left to tell, as far as it listens. */
  synchronized void tellOn() {
    while (users > 0 && !untold.isEmpty()) {
      try (Arena arena = Arena.ofConfined()) {
        byte[] line = ascii(untold.element());
        MemorySegment text = arena.allocate(line.length);
        MemorySegment.copy(line, 0, text, JAVA_BYTE, 0, line.length);
        // a line is sent whole or not at all: it is one buffer of the socket's (unix(7))
        CallResult sent =
            Posix.send(socket, text, line.length, Posix.MSG_DONTWAIT | Posix.MSG_NOSIGNAL);
        if (sent.failed() && sent.errno() != Errno.EINTR) {
          return;
        }
        if (!sent.failed()) {
          untold.remove();
        }
      }
    }
  }
}
