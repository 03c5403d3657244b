// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import io.github.noinherit.internal.handle.BlockingMode;
import io.github.noinherit.internal.linux.Accounts;
import io.github.noinherit.internal.protocol.GivenHandles;
import io.github.noinherit.internal.spawn.Activation;
import io.github.noinherit.internal.spawn.Cgroups;
import io.github.noinherit.internal.spawn.ChildSpec.ResourceLimit;
import io.github.noinherit.internal.spawn.Environment;
import io.github.noinherit.internal.spawn.Launch;
import io.github.noinherit.internal.spawn.Launch.Bytes;
import io.github.noinherit.internal.spawn.Launch.FromHandle;
import io.github.noinherit.internal.spawn.Launch.Passed;
import io.github.noinherit.internal.spawn.Launch.Redirected;
import io.github.noinherit.internal.spawn.Launch.Replaced;
import io.github.noinherit.internal.spawn.Launch.SameAsOutput;
import io.github.noinherit.internal.spawn.Launch.Stream;
import io.github.noinherit.internal.spawn.Launch.Wish;
import io.github.noinherit.internal.spawn.OpenFileLimit;
import io.github.noinherit.internal.spawn.Surroundings;
import io.github.noinherit.internal.spawn.Surroundings.Group;
import io.github.noinherit.internal.spawn.Surroundings.Identity;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A child that gets exactly the handles named here, and its three standard streams.
 *
 * {@snippet :
 * SpawnedProcess p = Spawn.command("worker", "--verbose")
 *     .pass("http", listener)        // found by name in the child
 *     .passAs(7, log)                // found as descriptor 7
 *     .stderr(Redirect.INHERIT)
 *     .start();
 * }
 *
 * <p><b>Guaranteed.</b> The child has the descriptors named and no other, whatever else this
 * process has open, inheritable or not, and whatever other threads open, close or start meanwhile.
 * A handle that another thread closes at the same moment is either handed on whole, or the start
 * fails with {@link HandleClosedException}; the child never gets what took its number. (Where
 * children are started by posix_spawn, one that did is killed, and its start fails.) The handle
 * stays open here and its flags stay as they are: no handle is ever inheritable in this process on
 * the way. A POSIX file lock that this process holds on a file that is handed on is still held.
 *
 * <p><b>What is shared.</b> A handle that is passed is the same open file description in both
 * processes (open(2)): its offset, its status flags such as O_NONBLOCK, and a socket's options are
 * one.
 *
 * <p><b>The child</b> starts with an empty signal mask; signals that this process handles have
 * their default action; signals that are ignored stay ignored, so that nohup(1) reaches it. Those
 * are the ones that were ignored before the JVM started, except SIGPIPE and others that the JVM
 * handles itself, and SIGCHLD once {@link System#getenv(String)} or {@link ProcessBuilder} has been
 * used, which set it to its default action. Its limit of open files is this process' own, which the
 * JVM has raised to the hard limit unless started with -XX:-MaxFDLimit; {@link #openFileLimit} sets
 * another. Arguments, names and environment are written in the encoding that {@link ProcessBuilder}
 * uses, that of the locale; a character it lacks is refused. The program is looked for as {@link
 * ProcessBuilder} does, in the PATH of this process.
 *
 * <p><b>On failure</b> nothing is left: no process, no zombie, no descriptor. What a redirect to a
 * file did to it before the program itself failed to start (created, truncated) is not undone; a
 * program or directory that is not there, or may not be used, is found out before that.
 *
 * <p><b>Cost.</b> Where children are started by clone ({@link Capability#SPAWN_BY_CLONE}) a start
 * does not depend on how many descriptors are open, provided the first start, or a check of {@link
 * Capability#SPAWN}, was made when few were: it keeps two descriptors, and their numbers should be
 * low.
 *
 * <p>A {@code Spawn} may be used for several starts. It is not safe for use by several threads at
 * once; {@link #start} itself keeps its carrier thread until the child has exec'ed, and no signal
 * reaches that thread meanwhile. It takes as long as the child takes: one that is stopped at once,
 * or whose redirect opens a FIFO that nobody has at the other end, keeps it waiting.
 *
 * <p>Sources: clone(2), close_range(2), unix(7) SCM_RIGHTS, execve(2), posix_spawn(3).
 */
public final class Spawn {
  /**
   * The environment variable that tells a child which handle has which name: {@code http=3,log=4}.
   * It is set if handles were passed by name, and removed otherwise.
   */
  public static final String HANDLES_VARIABLE = "NOINHERIT_HANDLES";

  private static final int FIRST_AFTER_STANDARD = 3;

  private final List<String> command;
  private final Environment environment;
  private final @Nullable Stream[] streams = new Stream[FIRST_AFTER_STANDARD];
  private boolean redirectErrorStream;
  private @Nullable Path directory;
  private final Map<String, Object> byName = new LinkedHashMap<>();
  private final Map<Integer, Object> byNumber = new TreeMap<>();
  private final Activation activation = new Activation();
  private @Nullable Long softOpenFiles;
  private @Nullable Long hardOpenFiles;
  private Surroundings surroundings = Surroundings.PARENTS;
  private boolean killWithParent;
  private boolean detached;

  private Spawn(List<String> command, Environment environment) {
    if (command.isEmpty()) {
      throw new IllegalArgumentException("the command is empty: it needs at least a program");
    }
    this.command = List.copyOf(command);
    this.environment = environment;
    // what this process was given is not for its children
    Inherited.VARIABLES.forEach(this.environment::removeInherited);
  }

  /**
   * A child that runs a command.
   *
   * @param command the program and its arguments
   * @throws IllegalArgumentException if the command is empty
   * @throws UnsupportedOperationException as for {@link Handle#of(Closeable)}
   */
  public static Spawn command(String... command) {
    return command(List.of(command));
  }

  /**
   * A child that runs a command.
   *
   * @param command the program and its arguments
   * @throws IllegalArgumentException if the command is empty
   * @throws UnsupportedOperationException as for {@link Handle#of(Closeable)}
   */
  public static Spawn command(List<String> command) {
    return new Spawn(command, Environment.ofThisProcess());
  }

  /**
   * A child as a {@link ProcessBuilder} describes it: its command, environment, directory and
   * redirects, copied now; a stream that is a pipe there, as by default, counts as not set. The
   * redirects that {@link ProcessBuilder#startPipeline} uses between its processes cannot occur in
   * one.
   *
   * @param builder stays as it is
   * @throws IllegalArgumentException if its command is empty
   */
  public static Spawn from(ProcessBuilder builder) {
    Spawn spawn = new Spawn(builder.command(), Environment.of(builder.environment()));
    if (builder.directory() != null) {
      spawn.directory(builder.directory().toPath());
    }
    spawn
        .stdin(builder.redirectInput())
        .stdout(builder.redirectOutput())
        .stderr(builder.redirectError())
        .redirectErrorStream(builder.redirectErrorStream());
    for (int i = 0; i < FIRST_AFTER_STANDARD; i++) {
      spawn.streams[i] = spawn.hasPipe(i) ? null : spawn.streams[i];
    }
    return spawn;
  }

  /**
   * Several commands, each of which reads what the one before it writes.
   *
   * @param commands first to last; they stay as they are, and may be used again
   * @throws IllegalArgumentException if there is none
   */
  public static Pipeline pipeline(List<Spawn> commands) {
    return new Pipeline(commands);
  }

  /**
   * Several commands, each of which reads what the one before it writes.
   *
   * @param commands first to last; they stay as they are, and may be used again
   * @throws IllegalArgumentException if there is none
   */
  public static Pipeline pipeline(Spawn... commands) {
    return new Pipeline(List.of(commands));
  }

  /**
   * Passes a handle under a name. It gets a free number from 3 up, in the order of passing; the
   * child finds name and number in {@link #HANDLES_VARIABLE}.
   *
   * @param name letters, digits, and {@code - _ .}, at most 255
   * @param holder an open handle holder; it stays open here
   * @throws IllegalArgumentException if the name is no name or is used already
   * @throws UnsupportedOperationException as for {@link Handle#of(Closeable)}
   * @throws HandleClosedException if the holder is closed
   * @throws IOException if the holder cannot be asked
   */
  public Spawn pass(String name, Closeable holder) throws IOException {
    return pass(name, Handle.of(holder));
  }

  /**
   * {@link #pass(String, Closeable)} for a descriptor.
   *
   * @throws IOException as for {@link #pass(String, Closeable)}
   */
  public Spawn pass(String name, FileDescriptor descriptor) throws IOException {
    return pass(name, Handle.of(descriptor));
  }

  /** {@link #pass(String, Closeable)} for a handle. */
  public Spawn pass(String name, Handle handle) {
    requireName(name);
    if (activation.has(name) || byName.putIfAbsent(name, handle.holder()) != null) {
      throw new IllegalArgumentException("a handle named \"" + name + "\" is passed already");
    }
    return this;
  }

  static void requireName(String name) {
    if (!GivenHandles.isName(name)) {
      throw new IllegalArgumentException(
          "\"" + name + "\" is no name for a handle: letters, digits, and - _ . are, up to 255");
    }
  }

  /**
   * Gives the child a handle by systemd's protocol, as servers in many languages expect it
   * (sd_listen_fds(3), systemd.socket(5)). Activated handles have the numbers from 3 up, in the
   * order of the calls; {@code LISTEN_FDS} is how many they are, {@code LISTEN_FDNAMES} has their
   * names with colons between, and {@code LISTEN_PID} is the child's own pid. These variables are
   * set whatever {@link #environment} says. Java servers find the handle by {@link Inherited}.
   *
   * <p>The variables are for the program that is started, and a shell script must {@code exec} the
   * server: it has the script's pid then.
   *
   * <p><b>The blocking mode is shared.</b> By this protocol a listener is in blocking mode, unless
   * the unit says otherwise ({@code NonBlocking=}, systemd.exec(5)). A selector, or accept on a
   * virtual thread, makes one non-blocking for all who have it. If one is when it is given, {@link
   * SpawnedProcess#nonBlocking} has its name, and a warning is logged, once for each name, to the
   * {@link System.Logger} {@code io.github.noinherit.Spawn}.
   *
   * <p><b>Where children are started by posix_spawn</b> ({@link Capability#SPAWN_BY_CLONE} says no)
   * the program is started by {@code /bin/sh}, which knows its own pid and becomes the program.
   * What differs then: the program's argv[0] is its path; the shell sets {@code PWD} and may set
   * others of its own; a variable whose name is no shell identifier is refused at {@link #start};
   * and if exec fails after all, the child ends with 126 or 127, and {@code start()} does not
   * throw.
   *
   * @param name printable ASCII without {@code :}, not empty, at most 255
   * @param holder an open handle holder, mostly a listener; it stays open here
   * @throws IllegalArgumentException if the name is no name or is used already
   * @throws UnsupportedOperationException as for {@link Handle#of(Closeable)}
   * @throws HandleClosedException if the holder is closed
   * @throws IOException if the holder cannot be asked
   */
  public Spawn activate(String name, Closeable holder) throws IOException {
    return activate(name, Handle.of(holder));
  }

  /**
   * {@link #activate(String, Closeable)} for a descriptor.
   *
   * @throws IOException as for {@link #activate(String, Closeable)}
   */
  public Spawn activate(String name, FileDescriptor descriptor) throws IOException {
    return activate(name, Handle.of(descriptor));
  }

  /** {@link #activate(String, Closeable)} for a handle. */
  public Spawn activate(String name, Handle handle) {
    if (byName.containsKey(name)) {
      throw new IllegalArgumentException("a handle named \"" + name + "\" is passed already");
    }
    activation.add(name, handle.holder());
    return this;
  }

  /**
   * Passes a handle under a number (POSIX).
   *
   * @param number the descriptor's number in the child, from 0 up; 0 to 2 replace a standard stream
   * @param holder an open handle holder; it stays open here
   * @throws IllegalArgumentException if the number is negative or used already; one that is not
   *     below the child's limit of open files is found at {@link #start}
   * @throws UnsupportedOperationException as for {@link Handle#of(Closeable)}
   * @throws HandleClosedException if the holder is closed
   * @throws IOException if the holder cannot be asked
   */
  public Spawn passAs(int number, Closeable holder) throws IOException {
    return passAs(number, Handle.of(holder));
  }

  /**
   * {@link #passAs(int, Closeable)} for a descriptor.
   *
   * @throws IOException as for {@link #passAs(int, Closeable)}
   */
  public Spawn passAs(int number, FileDescriptor descriptor) throws IOException {
    return passAs(number, Handle.of(descriptor));
  }

  /** {@link #passAs(int, Closeable)} for a handle. */
  public Spawn passAs(int number, Handle handle) {
    if (number < 0) {
      throw new IllegalArgumentException(number + " is not a descriptor's number");
    }
    if (byNumber.containsKey(number)) {
      throw new IllegalArgumentException("a handle is passed as " + number + " already");
    }
    byNumber.put(number, handle.holder());
    return this;
  }

  /**
   * Standard input: a pipe unless set; {@link #run}, {@link #capture} and others say what it is for
   * them.
   *
   * @param redirect PIPE, INHERIT, or from a file, which the child opens itself
   * @throws IllegalArgumentException if the redirect writes
   */
  public Spawn stdin(Redirect redirect) {
    checkDirection("standard input", redirect, false);
    return stream(0, new Redirected(redirect));
  }

  /**
   * Standard input from a handle.
   *
   * @param holder an open handle holder; it stays open here
   * @throws IOException as for {@link #passAs(int, Closeable)}
   */
  public Spawn stdin(Closeable holder) throws IOException {
    return stdin(Handle.of(holder));
  }

  /**
   * Standard input from a descriptor.
   *
   * @throws IOException as for {@link #passAs(int, Closeable)}
   */
  public Spawn stdin(FileDescriptor descriptor) throws IOException {
    return stdin(Handle.of(descriptor));
  }

  /** Standard input from a handle. */
  public Spawn stdin(Handle handle) {
    return stream(0, new FromHandle(handle.holder()));
  }

  /**
   * Standard input has these bytes, and then ends. It is a file in memory that cannot be changed
   * (memfd_create(2)), read from its beginning at each start: nobody has to write while the child
   * runs, and a child that does not read it disturbs nobody. For the child it is what {@code <
   * file} gives it, not a pipe.
   *
   * @param bytes copied now
   */
  public Spawn input(byte[] bytes) {
    return stream(0, new Bytes(bytes.clone()));
  }

  /**
   * Standard input has this text, in the encoding of {@link Completed#stdout()}.
   *
   * @throws IllegalArgumentException if it has a character that the encoding lacks
   */
  public Spawn input(String text) {
    return stream(0, new Bytes(CommandText.encode(text)));
  }

  /**
   * Standard output: a pipe unless set; {@link #run} inherits it.
   *
   * @param redirect PIPE, INHERIT, DISCARD, or to a file, which the child opens itself
   * @throws IllegalArgumentException if the redirect reads
   */
  public Spawn stdout(Redirect redirect) {
    checkDirection("standard output", redirect, true);
    return stream(1, new Redirected(redirect));
  }

  /**
   * Standard output to a handle.
   *
   * @param holder an open handle holder; it stays open here
   * @throws IOException as for {@link #passAs(int, Closeable)}
   */
  public Spawn stdout(Closeable holder) throws IOException {
    return stdout(Handle.of(holder));
  }

  /**
   * Standard output to a descriptor.
   *
   * @throws IOException as for {@link #passAs(int, Closeable)}
   */
  public Spawn stdout(FileDescriptor descriptor) throws IOException {
    return stdout(Handle.of(descriptor));
  }

  /** Standard output to a handle. */
  public Spawn stdout(Handle handle) {
    return stream(1, new FromHandle(handle.holder()));
  }

  /**
   * Standard error: a pipe unless set; {@link #run} inherits it. Has no effect with {@link
   * #redirectErrorStream}.
   *
   * @param redirect PIPE, INHERIT, DISCARD, or to a file, which the child opens itself
   * @throws IllegalArgumentException if the redirect reads
   */
  public Spawn stderr(Redirect redirect) {
    checkDirection("standard error", redirect, true);
    return stream(2, new Redirected(redirect));
  }

  /**
   * Standard error to a handle.
   *
   * @param holder an open handle holder; it stays open here
   * @throws IOException as for {@link #passAs(int, Closeable)}
   */
  public Spawn stderr(Closeable holder) throws IOException {
    return stderr(Handle.of(holder));
  }

  /**
   * Standard error to a descriptor.
   *
   * @throws IOException as for {@link #passAs(int, Closeable)}
   */
  public Spawn stderr(FileDescriptor descriptor) throws IOException {
    return stderr(Handle.of(descriptor));
  }

  /** Standard error to a handle. */
  public Spawn stderr(Handle handle) {
    return stream(2, new FromHandle(handle.holder()));
  }

  /**
   * All three standard streams are those of this process: whatever it has open as 0, 1 and 2. One
   * that is closed is closed in the child too. (A JVM that was started without one of them has a
   * file of its own under that number, and the child gets that, as from {@link ProcessBuilder}.)
   */
  public Spawn inheritIO() {
    return stdin(Redirect.INHERIT).stdout(Redirect.INHERIT).stderr(Redirect.INHERIT);
  }

  /**
   * Standard error goes where standard output goes: the same open file description.
   *
   * @param redirect true: standard error and output are one
   */
  public Spawn redirectErrorStream(boolean redirect) {
    redirectErrorStream = redirect;
    return this;
  }

  private Spawn stream(int number, Stream stream) {
    streams[number] = stream;
    return this;
  }

  private static void checkDirection(String stream, Redirect redirect, boolean writes) {
    boolean fits =
        switch (redirect.type()) {
          case PIPE, INHERIT -> true;
          case READ -> !writes;
          case WRITE, APPEND -> writes;
        };
    if (!fits) {
      throw new IllegalArgumentException(stream + " cannot be redirected: " + redirect);
    }
  }

  /**
   * The child's working directory: this process' own unless set.
   *
   * @param path a directory of the operating system
   */
  public Spawn directory(Path path) {
    directory = Objects.requireNonNull(path, "path");
    return this;
  }

  /**
   * Sets a variable of the child's environment, which is a copy of this process' to begin with,
   * without the variables that speak of handles.
   *
   * @throws IllegalArgumentException if the name has {@code =} or NUL, is empty, or the value has
   *     NUL, or either has a character that the encoding lacks
   */
  public Spawn environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** Removes a variable from the child's environment. */
  public Spawn removeEnvironment(String name) {
    environment.remove(name);
    return this;
  }

  /** Removes all variables from the child's environment. */
  public Spawn clearEnvironment() {
    environment.clear();
    return this;
  }

  /**
   * The child's limit of open files (RLIMIT_NOFILE, setrlimit(2)): this process' own unless set.
   *
   * @param soft the limit in force
   * @param hard the most to which the child may raise it
   * @throws IllegalArgumentException if soft is greater than hard, or one is negative
   */
  public Spawn openFileLimit(long soft, long hard) {
    if (soft < 0 || soft > hard) {
      throw new IllegalArgumentException(
          "a limit of open files needs 0 <= soft <= hard, not soft " + soft + " and hard " + hard);
    }
    softOpenFiles = soft;
    hardOpenFiles = hard;
    return this;
  }

  /**
   * Limits the use of a resource (setrlimit(2)): the limits of this process hold unless set.
   *
   * @param soft the limit in force; {@link Resource#UNLIMITED} for none
   * @param hard the most to which the child may raise it; to set it higher than it is here takes
   *     CAP_SYS_RESOURCE
   * @throws IllegalArgumentException if soft is greater than hard, or one is negative and not
   *     {@link Resource#UNLIMITED}
   */
  public Spawn limit(Resource resource, long soft, long hard) {
    if (soft < Resource.UNLIMITED
        || hard < Resource.UNLIMITED
        || Long.compareUnsigned(soft, hard) > 0) {
      throw new IllegalArgumentException(
          "a limit of "
              + resource
              + " needs 0 <= soft <= hard, or UNLIMITED, not soft "
              + soft
              + " and hard "
              + hard);
    }
    surroundings = surroundings.withLimit(resource, new ResourceLimit(soft, hard));
    return this;
  }

  /**
   * The child's file mode creation mask (umask(2)): this process' own unless set. It holds already
   * for files that a redirect creates.
   *
   * @param mask the permissions that new files do not get, such as 0077
   * @throws IllegalArgumentException if it has other bits than 0777
   */
  public Spawn umask(int mask) {
    if ((mask & ~0777) != 0) {
      throw new IllegalArgumentException("a umask is within 0777 (octal), not 0%o".formatted(mask));
    }
    surroundings = surroundings.withUmask(mask);
    return this;
  }

  /**
   * The child cannot get privileges by an exec: set-user-ID and set-group-ID bits and file
   * capabilities have no effect for it and all that descends from it (PR_SET_NO_NEW_PRIVS,
   * prctl(2)).
   */
  public Spawn noNewPrivileges() {
    surroundings = surroundings.withNoNewPrivileges();
    return this;
  }

  /**
   * The child's user and groups: those of this process unless set. It takes the privilege to change
   * them (CAP_SETUID and CAP_SETGID), and the child loses it with all its other privileges, unless
   * the user is root (capabilities(7)). What is done before: the directory is entered, redirect
   * files are opened and handles received, limits set.
   *
   * <p><b>Cost.</b> Such a child does not share this JVM's memory until its exec, as others do: the
   * change would make the JVM's own memory non-dumpable for good. It gets a copy as by fork(2), so
   * its start takes the longer the more memory the JVM has in use (docs/orphans.md has
   * measurements), and may fail for lack of memory where the system does not overcommit.
   *
   * @param uid the real, effective and saved user id
   * @param gid the real, effective and saved group id
   * @param groups the supplementary groups, of which there are none unless named
   * @throws IllegalArgumentException if a number is negative
   */
  public Spawn user(int uid, int gid, int... groups) {
    if (uid < 0 || gid < 0 || IntStream.of(groups).anyMatch(g -> g < 0)) {
      throw new IllegalArgumentException("ids of users and groups are not negative");
    }
    surroundings = surroundings.withIdentity(new Identity(uid, gid, groups.clone()));
    return this;
  }

  /**
   * {@link #user(int, int, int...)} by name, with the user's own group and all groups that the user
   * is in, as getpwnam(3) and getgrouplist(3) know them now. Environment and directory stay as they
   * are.
   *
   * @throws IllegalArgumentException if there is no user of this name
   * @throws IOException if the name service fails
   */
  public Spawn user(String name) throws IOException {
    Accounts.User user =
        Accounts.user(name)
            .orElseThrow(() -> new IllegalArgumentException("there is no user \"" + name + '"'));
    return user(user.uid(), user.gid(), user.groups());
  }

  /**
   * The control group in which the child is born (cgroups(7), version 2): that of this process
   * unless set. Not together with {@link #killWithParent}, which may need one of its own.
   *
   * @param directory a directory of the cgroup2 file system, in which this process may start
   *     children
   */
  public Spawn cgroup(Path directory) {
    surroundings = surroundings.withCgroup(directory.toAbsolutePath());
    return this;
  }

  /**
   * A process group of its own for the child, which it leads (setpgid(2)). Signals from the
   * keyboard, such as Ctrl-C, do not reach it, and it is stopped when it reads from the terminal,
   * as every background process.
   */
  public Spawn newProcessGroup() {
    surroundings = surroundings.withGroup(Group.OWN);
    return this;
  }

  /**
   * A session of its own for the child, and in it a process group, both of which it leads
   * (setsid(2)). It has no controlling terminal.
   */
  public Spawn newSession() {
    surroundings = surroundings.withGroup(Group.OWN_SESSION);
    return this;
  }

  /**
   * The child ends when this process does, however that happens: exit, an exception, SIGKILL, the
   * kernel's out-of-memory killer. It is killed with SIGKILL, some milliseconds later, by a
   * guardian: a shell that is started for it once. {@link Capability#KILL_WITH_PARENT} says whether
   * that can be had here.
   *
   * <p><b>What descends from the child</b> is killed with it. Where a control group can be used
   * ({@link Capability#KILL_WITH_PARENT_BY_CGROUP}) that is all of it, whatever it did. Elsewhere
   * the child gets a process group of its own, unless it is given the controlling terminal, and
   * what is killed is who is in the group, and who descends from it or the child by parent links.
   * So there these survive: who has left the group and whose line of parents is broken, such as a
   * daemon; of a child that was given the terminal, whoever's line of parents is broken; and who
   * runs as another user that this one may not kill. docs/orphans.md has the table.
   *
   * <p>An exec of this process (execve(2)) is its end in this respect.
   *
   * <p>Not together with {@link #detached} and {@link #cgroup}.
   */
  public Spawn killWithParent() {
    killWithParent = true;
    return this;
  }

  /**
   * The opposite of {@link #killWithParent}: the child has nothing of this process that would tie
   * it to its end. It has a session of its own, and standard streams that are not set are those of
   * /dev/null instead of pipes; {@link Redirect#PIPE} and {@link Redirect#INHERIT} are refused.
   * Handles that are passed are passed. It lives on when this process ends. (It does not live on
   * when somebody kills this process' whole control group, as systemd does to a service, or the
   * tree of which it is a part.) As long as this process runs it is its child as any other.
   */
  public Spawn detached() {
    detached = true;
    surroundings = surroundings.withGroup(Group.OWN_SESSION);
    return this;
  }

  /** Before anything is started: refuses what excludes each other, if unset streams are these. */
  void refuseWhatExcludesEachOther(Unset unset) {
    if (killWithParent && detached) {
      throw new IllegalStateException("killWithParent() and detached() exclude each other");
    }
    Path cgroup = surroundings.cgroup();
    if (cgroup != null) {
      if (killWithParent) {
        throw new IllegalStateException(
            "killWithParent() and cgroup() exclude each other: a child is in one control group");
      }
      Cgroups.check(cgroup);
    }
    List<Stream> effective = effective(unset.input(), unset.output(), unset.error());
    for (int i = 0; detached && i < FIRST_AFTER_STANDARD; i++) {
      if (effective.get(i) instanceof Redirected(Redirect r)
          && (r.type() == Redirect.Type.PIPE || r.type() == Redirect.Type.INHERIT)) {
        throw new IllegalStateException(
            "detached() excludes "
                + r
                + " for standard stream "
                + i
                + ": a file, or a handle of yours, can be given");
      }
    }
  }

  /** The standard streams; these are for those that are not set. */
  private List<Stream> effective(Stream input, Stream output, Stream error) {
    List<Stream> unset = List.of(input, output, error);
    List<Stream> effective = new ArrayList<>();
    for (int i = 0; i < FIRST_AFTER_STANDARD; i++) {
      effective.add(
          byNumber.containsKey(i)
              ? new Replaced()
              : i == 2 && redirectErrorStream
                  ? new SameAsOutput()
                  : Objects.requireNonNullElse(streams[i], unset.get(i)));
    }
    return effective;
  }

  /**
   * Runs the command to its end and keeps what it writes to standard output and standard error,
   * both read at once, so that it never waits for us, whatever it writes. Standard input is empty
   * unless set. A stream that is set to something else than a pipe is not captured.
   *
   * {@snippet :
   * String head = Spawn.command("git", "rev-parse", "HEAD").capture().orThrow().stdout().strip();
   * }
   *
   * <p>It is over when both streams have ended and the command too. A process that it leaves behind
   * with one of these streams keeps it from ending, as in a shell's {@code $(…)}.
   *
   * <p>If the thread is interrupted, or anything fails, the command is killed with its descendants.
   * Those are found by parent links: who was handed to init before (a daemon) is not among them,
   * and is not waited for then. Whatever happens, no thread and no descriptor is left here, nor the
   * command; if somebody could not be killed, the exception says so.
   *
   * @param limits none, or one of each kind
   * @return how it ended, whatever the exit value
   * @throws CommandException.TimedOut if {@link Limit#time} was over
   * @throws CommandException.TooMuchOutput if {@link Limit#output} was exceeded, or what an array
   *     holds
   * @throws IOException if it cannot be started, as for {@link #start}
   * @throws InterruptedException if the thread was interrupted
   * @throws IllegalStateException if standard input was set to a pipe, to which nobody would write
   */
  public Completed capture(Limit... limits) throws IOException, InterruptedException {
    return pipeline(this).capture(limits);
  }

  /**
   * Runs the command to its end. Its standard streams are those of this process unless set, as if
   * it were typed in the shell from which this process was started.
   *
   * @param limits none, or one of time; when that is over, or the thread is interrupted, the
   *     command is killed as by {@link #capture}
   * @return how it ended, whatever the exit value; there is no output in it
   * @throws CommandException.TimedOut if {@link Limit#time} was over
   * @throws IOException if it cannot be started, as for {@link #start}
   * @throws InterruptedException if the thread was interrupted
   * @throws IllegalStateException if a stream was set to a pipe, which nobody would serve
   * @throws IllegalArgumentException for a limit of output
   */
  public Completed run(Limit... limits) throws IOException, InterruptedException {
    return pipeline(this).run(limits);
  }

  /**
   * Starts the command and gives what it writes, line by line, while it runs. Standard input is
   * empty unless set.
   *
   * @param limits none, or one of each kind; the time is over for the command then even if nobody
   *     asks for a line
   * @return to be closed, which ends the command if it has not ended
   * @throws IOException if it cannot be started, as for {@link #start}
   * @throws IllegalStateException if standard input was set to a pipe, to which nobody would write
   */
  public Lines lines(Limit... limits) throws IOException {
    return pipeline(this).lines(limits);
  }

  /**
   * {@link #lines(Limit...)} of text in an encoding that is not the native one.
   *
   * @throws IOException as for {@link #lines(Limit...)}
   */
  public Lines lines(Charset charset, Limit... limits) throws IOException {
    return pipeline(this).lines(charset, limits);
  }

  /**
   * Starts the child and keeps nothing of it: no stream to be closed, no status to be asked for.
   * Its standard input is empty and its output is discarded, unless set. It runs on when this
   * process ends; when it ends first, it leaves no zombie.
   *
   * @return its pid
   * @throws IOException as for {@link #start}
   * @throws IllegalStateException if a stream was set to a pipe, which nobody would serve
   */
  public long startAndForget() throws IOException {
    Unset.FORGET.requireServed(this);
    refuseWhatExcludesEachOther(Unset.FORGET);
    return start(Unset.FORGET.input(), Unset.FORGET.output(), Unset.FORGET.error()).pid();
  }

  /**
   * Starts the child.
   *
   * @return the child, running its program
   * @throws HandleClosedException if a handle was closed since it was named, or is being closed by
   *     another thread; no child was started
   * @throws SystemCallException if the program cannot be run, or the operating system refuses
   *     something on the way; the message names the call and the path
   * @throws IllegalArgumentException if a number is not below the child's limit of open files, or a
   *     text cannot be encoded
   * @throws IllegalStateException if what was asked for excludes each other; nothing was started
   * @throws UnsupportedOperationException if children cannot be started on this platform, or not
   *     with all that was asked for ({@link Capability#SPAWN} and its neighbours)
   * @throws IOException if it fails otherwise
   */
  public SpawnedProcess start() throws IOException {
    Unset unset = detached ? Unset.FORGET : Unset.PIPES;
    refuseWhatExcludesEachOther(unset);
    return start(unset.input(), unset.output(), unset.error());
  }

  /** The program and its arguments. */
  List<String> words() {
    return command;
  }

  /** Was anything said about a standard stream? */
  boolean isSet(int number) {
    return streams[number] != null || byNumber.containsKey(number);
  }

  /** Is a standard stream set to be a pipe? */
  boolean hasPipe(int number) {
    return streams[number] instanceof Redirected(Redirect r)
        && r.type() == Redirect.Type.PIPE
        && !byNumber.containsKey(number)
        && !(number == 2 && redirectErrorStream);
  }

  /** Starts the child; the streams are for those that are not set. */
  SpawnedProcess start(Stream input, Stream output, Stream error) throws IOException {
    Map<Integer, Object> numbers = new TreeMap<>(byNumber);
    StringBuilder names = new StringBuilder();
    List<Passed> passed = new ArrayList<>(activation.passed(byNumber.keySet()));
    passed.forEach(p -> numbers.put(p.number(), p.holder()));
    int next = FIRST_AFTER_STANDARD;
    for (Map.Entry<String, Object> e : byName.entrySet()) {
      while (numbers.containsKey(next)) {
        next++;
      }
      numbers.put(next, e.getValue());
      passed.add(new Passed(e.getValue(), "handle \"" + e.getKey() + '"', next));
      names.append(names.isEmpty() ? "" : ",").append(e.getKey()).append('=').append(next);
    }
    byNumber.forEach((n, holder) -> passed.add(new Passed(holder, "the handle for " + n, n)));
    OpenFileLimit.check(numbers.keySet(), softOpenFiles);
    if (names.isEmpty()) {
      environment.remove(HANDLES_VARIABLE);
    } else {
      environment.put(HANDLES_VARIABLE, names.toString());
    }
    List<String> nonBlocking = activation.nonBlocking();
    for (Map<?, Object> others : List.<Map<?, Object>>of(byName, byNumber)) {
      for (Map.Entry<?, Object> e : others.entrySet()) {
        if (BlockingMode.isNonBlocking(e.getValue())) {
          nonBlocking.add(e.getKey().toString());
        }
      }
    }
    return new SpawnedProcess(
        Launch.start(
            new Wish(
                command,
                activation.strings(environment),
                directory,
                effective(input, output, error),
                passed,
                softOpenFiles,
                hardOpenFiles,
                surroundings,
                killWithParent)),
        nonBlocking);
  }
}
