// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * What {@link NoInherit#byDefault(Scope)} covers: the JDK's own libraries always, other native
 * libraries by name, and which open handles stay as they are. Immutable.
 *
 * <p>Always left as they are: the standard streams 0–2, descriptors handed over by systemd ({@code
 * LISTEN_FDS}) or by {@link Spawn#pass} that nobody has adopted yet, and the pipe of make's job
 * server.
 */
public final class Scope {
  private static final Scope JDK = new Scope(List.of(), Set.of());

  private final List<String> libraries;
  private final Set<Integer> kept;

  private Scope(List<String> libraries, Set<Integer> kept) {
    this.libraries = libraries;
    this.kept = kept;
  }

  /** {@return the JDK's own libraries alone, which is the default} */
  public static Scope jdk() {
    return JDK;
  }

  /**
   * The JDK's libraries, and other native libraries by file name, such as Netty's transports. Those
   * that are loaded later are covered before their JNI_OnLoad runs; those that are loaded already
   * are covered at once.
   *
   * <p>A library that native code loads by itself, by {@code dlopen}, is covered when the next
   * library is loaded through Java, or at the next call of {@link NoInherit#byDefault(Scope)} that
   * names it; {@link Protection#covered()} tells.
   *
   * @param globs file names, with {@code *} for any characters and {@code ?} for one: {@code
   *     "libnetty_transport_native_epoll*"}. A library whose file name matches is covered, wherever
   *     it is
   * @return the scope
   * @throws IllegalArgumentException if a glob is empty or has a slash
   */
  public static Scope alsoLibraries(String... globs) {
    for (String g : globs) {
      Objects.requireNonNull(g, "glob");
      if (g.isEmpty() || g.indexOf('/') >= 0) {
        throw new IllegalArgumentException(
            "a library is named by its file name, not by a path: \"" + g + "\"");
      }
    }
    return new Scope(List.of(globs), Set.of());
  }

  /**
   * This scope, with handles that stay inheritable if they are so now. If protection is on already,
   * those that it has made non-inheritable are given their flag back.
   *
   * @param numbers descriptor numbers, each at least 0
   * @return the scope
   * @throws IllegalArgumentException if a number is negative
   */
  public Scope keepInheritable(int... numbers) {
    Set<Integer> all = new TreeSet<>(kept);
    for (int n : numbers) {
      if (n < 0) {
        throw new IllegalArgumentException("a descriptor number is never negative: " + n);
      }
      all.add(n);
    }
    return new Scope(libraries, Set.copyOf(all));
  }

  /**
   * This scope, with handles that stay inheritable if they are so now.
   *
   * @param holders open handle holders
   * @return the scope
   * @throws IllegalArgumentException as for {@link Handle#of(Closeable)}
   * @throws HandleClosedException if one is closed
   * @throws UnsupportedOperationException as for {@link Handle#of(Closeable)}
   * @throws IOException if the operating system refuses
   */
  public Scope keepInheritable(Closeable... holders) throws IOException {
    List<Integer> numbers = new ArrayList<>();
    for (Closeable h : holders) {
      numbers.add((int) Handle.of(h).number());
    }
    return keepInheritable(numbers.stream().mapToInt(Integer::intValue).toArray());
  }

  /** {@return the file name globs of the other libraries covered} */
  public List<String> libraries() {
    return libraries;
  }

  /** {@return the descriptor numbers that stay as they are, beside those that always do} */
  public Set<Integer> kept() {
    return kept;
  }

  @Override
  public String toString() {
    return (libraries.isEmpty() ? "the JDK" : "the JDK and " + String.join(", ", libraries))
        + (kept.isEmpty() ? "" : ", descriptors " + new TreeSet<>(kept) + " left as they are");
  }
}
