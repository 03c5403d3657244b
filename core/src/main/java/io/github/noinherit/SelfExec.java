// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.spawn.Environment;
import io.github.noinherit.internal.spawn.FormerChildren;
import io.github.noinherit.internal.spawn.Restart;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Restart in place: this process becomes its own program anew (execve(2)), with exactly the handles
 * named and its standard streams. The process id stays, so a service manager sees no end, and a
 * listener that is handed on goes on collecting clients meanwhile.
 *
 * {@snippet :
 * SelfExec.sameCommand().pass("http", listener).restart(); // does not return
 * }
 *
 * The new program finds a handle by its name: {@link Inherited}.
 *
 * <p><b>Guaranteed.</b> The new program has the handles named, 0, 1 and 2, and no other, whatever
 * else this JVM has open, inheritable or not, and whatever other threads open meanwhile. Of a
 * socket or a pipe it is never another thread's that took its number. No child that another thread
 * starts meanwhile has the handles. If the restart fails, this JVM goes on as it was: nothing was
 * closed, and each flag is what it was. Where a regular file is among the handles this is so up to
 * the last moments, of some microseconds (below).
 *
 * <p><b>The command line</b> is that of the process, as the kernel has it (proc_pid_cmdline(5)). So
 * argument files ({@code @file}), {@code JDK_JAVA_OPTIONS} and {@code JAVA_TOOL_OPTIONS} are read
 * anew, and a changed jar is the new one. The program is the path of the running one: if another
 * java was put in its place, that one is run. Working directory, limits, umask and ignored signals
 * stay; the signal mask is empty. The environment is the one that this JVM was started with, and
 * what is changed here; {@code LISTEN_FDS} and its siblings, which speak of handles that do not go
 * on, are taken out, {@code NOTIFY_SOCKET} stays.
 *
 * <p><b>What ends.</b> All threads, at once and wherever they are, as by {@link Runtime#halt}.
 * Shutdown hooks and {@link java.io.File#deleteOnExit()} are not run, unless {@link
 * #runShutdownHooks()} asks for it. Standard output and error are flushed. Everything that is not
 * named is closed by the kernel: connections end, and the POSIX locks that this process holds on
 * such a file go. Those on a file that is handed on are still held (Linux 5.11).
 *
 * <p><b>Children</b> stay children of this process. {@link #formerChildren()} lets the new program
 * wait for them; without it, each that ends is a zombie as long as the process lives. Pipes to
 * their standard streams are closed. A start by {@link Spawn} on another thread is waited for, for
 * 10 s.
 *
 * <p><b>Not guaranteed.</b> If a regular file is handed on, the descriptor table must stay shared
 * until the exec, for the locks. What other threads open inheritable within the very calls that
 * clear the flags goes on then (with {@link NoInherit#byDefault} the JDK opens nothing so); a child
 * that native code in another thread starts within them has the handles named; that the file is
 * closed within them is not noticed; and after a failure what others opened inheritable during the
 * attempt may stay non-inheritable. In every case: a JVM that cannot start (a wrong option in an
 * argument file, a jar that is gone) ends, and the process with it: execve cannot know.
 *
 * <p>Not safe for use by several threads at once. {@link #restart} may be called by any thread,
 * also a virtual one.
 *
 * <p>Sources: execve(2), close_range(2), fcntl(2), signal(7), proc_pid_cmdline(5), proc_pid_exe(5).
 */
public final class SelfExec {
  private static @Nullable List<SpawnedProcess> former;

  private final Environment environment = Environment.ofThisProcess();
  private final Map<String, Object> handles = new LinkedHashMap<>();
  private List<byte[]> arguments;
  private boolean hooks;

  private SelfExec(List<byte[]> arguments) {
    this.arguments = arguments;
    Inherited.VARIABLES.forEach(environment::removeInherited);
  }

  /**
   * A restart with the command line of this process.
   *
   * @throws UnsupportedOperationException if this is not Linux, or native access is denied, or JDK
   *     objects cannot be reached ({@link Capability#JDK_HANDLES})
   * @throws IOException if /proc cannot be read
   */
  public static SelfExec sameCommand() throws IOException {
    Platform.requireLinux();
    return new SelfExec(Restart.ownArguments());
  }

  /**
   * Hands a handle on under a name. Its number in the new program is some number from 3 up.
   *
   * @param name letters, digits, and {@code - _ .}, at most 255
   * @param holder an open handle holder
   * @throws IllegalArgumentException if the name is no name or is used already
   * @throws UnsupportedOperationException as for {@link Handle#of(Closeable)}
   * @throws HandleClosedException if the holder is closed
   * @throws IOException if the holder cannot be asked
   */
  public SelfExec pass(String name, Closeable holder) throws IOException {
    return pass(name, Handle.of(holder));
  }

  /**
   * {@link #pass(String, Closeable)} for a descriptor.
   *
   * @throws IOException as for {@link #pass(String, Closeable)}
   */
  public SelfExec pass(String name, FileDescriptor descriptor) throws IOException {
    return pass(name, Handle.of(descriptor));
  }

  /** {@link #pass(String, Closeable)} for a handle. */
  public SelfExec pass(String name, Handle handle) {
    Spawn.requireName(name);
    if (handles.putIfAbsent(name, handle.holder()) != null) {
      throw new IllegalArgumentException("a handle named \"" + name + "\" is passed already");
    }
    return this;
  }

  /**
   * Changes the arguments: those of the java launcher, the main class or jar, and the program's.
   * The first word of the command line, the launcher's name, is not among them.
   *
   * @param change gets them as they were given, and returns what they are to be
   * @throws IllegalStateException if one cannot be read in the encoding of the locale
   * @throws IllegalArgumentException if a new one has NUL or a character that the encoding lacks
   */
  public SelfExec arguments(UnaryOperator<List<String>> change) {
    arguments = Restart.change(arguments, change);
    return this;
  }

  /**
   * Sets a variable of the environment.
   *
   * @throws IllegalArgumentException as for {@link Spawn#environment}
   */
  public SelfExec environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** Removes a variable from the environment. */
  public SelfExec removeEnvironment(String name) {
    environment.remove(Objects.requireNonNull(name, "name"));
    return this;
  }

  /**
   * Has {@link #restart} end this JVM in the orderly way first: its shutdown hooks are run and
   * waited for, and the files of {@link java.io.File#deleteOnExit()} deleted, as by {@link
   * System#exit}. A hook may close sockets and pipes that are handed on, but no other handle; and
   * one that does not end keeps the restart from happening. There is no way back after that: if the
   * restart then fails, a line on standard error says why, and the process ends with status 1.
   */
  public SelfExec runShutdownHooks() {
    hooks = true;
    return this;
  }

  /**
   * Restarts. Does not return: it throws, or the program begins anew.
   *
   * @throws HandleClosedException if a handle was closed since it was named
   * @throws SystemCallException if the operating system refuses; the message names the call and the
   *     path. This JVM goes on as it was
   * @throws IllegalArgumentException if two names are of the same descriptor, or a holder is a
   *     selector
   * @throws IllegalStateException if shutdown hooks were asked for and the JVM is exiting already
   * @throws UnsupportedOperationException before Linux 5.11, or if shutdown hooks were asked for
   *     and cannot be reached on this JVM
   * @throws IOException if it fails otherwise: a child has been in the middle of its start for 10 s
   */
  public void restart() throws IOException {
    Restart.now(new Restart.Wish(arguments, environment, Spawn.HANDLES_VARIABLE, handles, hooks));
  }

  /**
   * The children that were alive, or not waited for, when the program before this one restarted in
   * place: however it had started them. They are watched from the first call on, so that none stays
   * a zombie. Their standard streams are not pipes any more.
   *
   * @return the same processes at each call; empty if there was no restart
   * @throws UnsupportedOperationException if native access is denied
   * @throws IOException if one cannot be watched
   */
  public static synchronized List<SpawnedProcess> formerChildren() throws IOException {
    List<SpawnedProcess> children = former;
    if (children == null) {
      Platform.requireLinux();
      children =
          FormerChildren.takeUp().stream().map(c -> new SpawnedProcess(c, List.of())).toList();
      former = children;
    }
    return children;
  }
}
