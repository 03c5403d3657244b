// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

/**
 * The end of the JVM's shutdown.
 *
 * <p>java.lang.Shutdown runs a list of ten places, one after the other: the console, the
 * application's hooks, all of which it starts and waits for, the files of {@link
 * java.io.File#deleteOnExit()}. The JDK uses the first three; the last is run when everything else
 * is through, with the virtual machine still whole.
 */
public final class JdkShutdown {
  private static final PrivateMethod ADD =
      new PrivateMethod("java.lang.Shutdown", "add", "int", "boolean", "java.lang.Runnable");

  private static final int LAST = 9;

  private JdkShutdown() {}

  /**
   * Has this run when all hooks have, by whatever ends the JVM in an orderly way.
   *
   * @throws IllegalStateException if the JVM is on its way down already
   * @throws UnsupportedOperationException if it cannot be reached on this JVM
   */
  public static void afterHooks(Runnable last) {
    ADD.callPure(null, LAST, false, last);
  }
}
