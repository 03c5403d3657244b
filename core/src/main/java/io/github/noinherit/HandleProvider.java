// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

/**
 * Teaches noinherit where a class that is not the JDK's keeps its operating system handle: Netty
 * channels, JNA handles, your own. Implementations are found by {@link java.util.ServiceLoader}, in
 * the class loader of this library, once, at the first handle holder that the JDK does not explain.
 *
 * <p>An implementation is called from many threads at once.
 */
public interface HandleProvider {
  /** The answer for an object that this provider does not know. */
  long NOT_MINE = -2;

  /** The answer for an object that is closed. */
  long CLOSED = -1;

  /**
   * The handle of an object now.
   *
   * <p>The answer must be {@link #CLOSED} from the moment on at which the object begins to give its
   * handle back to the operating system: noinherit asks before and after it uses a number, and
   * takes an unchanged answer for proof that the number was the object's in between.
   *
   * @param holder any object, never null
   * @return the file descriptor (POSIX) or handle value (Windows), {@link #CLOSED}, or {@link
   *     #NOT_MINE}
   */
  long handleOf(Object holder);

  /**
   * {@return the kinds of objects that this provider knows, in words, for the message that lists
   * what is supported}
   */
  String supported();
}
