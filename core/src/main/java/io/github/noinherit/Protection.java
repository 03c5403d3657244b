// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import java.io.IOException;
import java.util.List;

/**
 * Protection by default, as {@link NoInherit#byDefault()} returned it: what it covers, what it does
 * not and why, and the way to take it out again.
 *
 * <p>It is no {@link AutoCloseable} on purpose: it belongs to the life of the program, and a try
 * block would end it at its brace. Safe for use by several threads.
 */
public interface Protection {
  /**
   * {@return is it in force? False if it was asked for with {@link Requirement#IF_SUPPORTED} where
   * it cannot be had, and after its own {@link #remove()}}
   */
  boolean isOn();

  /** {@return each place through which a library now creates handles that are close-on-exec} */
  List<Covered> covered();

  /** {@return what creates handles and is not covered, with the reason} */
  List<Uncovered> uncovered();

  /** {@return how many open handles were made non-inheritable when protection was installed} */
  int swept();

  /**
   * Takes this owner's protection away. Protection is counted by owner, over all threads and class
   * loaders of the JVM: when the last owner removes it, every place is put back as it was, and so
   * is the flag of every handle that was open when it was installed and is still the same handle,
   * unless the program has set that flag itself since ({@link Handle#setInheritable}). Handles that
   * were created meanwhile stay non-inheritable. Removing twice does nothing.
   *
   * @throws IOException if the operating system refuses; protection is then on as before, unless
   *     {@link #isOn()} says that only libraries could not be given back, which then stay loaded
   * @throws UnsupportedOperationException if this machine does not allow it any more; protection is
   *     then on as before
   */
  void remove() throws IOException;

  /**
   * A place that is covered.
   *
   * @param library the file name of the library
   * @param function the C function that it calls there
   * @param slot the address of the place, in this process
   * @param how what is called instead, in C terms
   */
  record Covered(String library, String function, long slot, String how) {}

  /**
   * What is not covered.
   *
   * @param library the file name of the library
   * @param function the C function
   * @param reason why not, and what that leaves inheritable
   */
  record Uncovered(String library, String function, String reason) {}
}
