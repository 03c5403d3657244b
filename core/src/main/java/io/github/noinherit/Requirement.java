// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

/** What {@link NoInherit#byDefault(Requirement)} does where protection by default cannot be had. */
public enum Requirement {
  /** It throws, and says why. */
  REQUIRED,

  /**
   * It does nothing and returns a {@link Protection} that is off and says why: the same program
   * runs on a machine that is not supported.
   */
  IF_SUPPORTED
}
