// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protocol;

/**
 * A handle of which the environment says that this process was given it.
 *
 * @param variable the variable that says so
 * @param name under which it is asked for; {@link GivenHandles#UNNAMED} if it was given none
 * @param number the descriptor
 */
public record GivenHandle(String variable, String name, int number) {
  /** It in words, for messages. */
  public String words() {
    return "\"" + name + "\" (descriptor " + number + ", by " + variable + ")";
  }
}
