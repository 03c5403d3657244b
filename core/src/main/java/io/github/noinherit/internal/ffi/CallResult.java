// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.ffi;

import io.github.noinherit.SystemCallException;

/**
 * What a native call returned, with the errno of that very call.
 *
 * @param value the raw return register
 * @param errno errno as it stood when the call returned; says something only if the call failed
 */
public record CallResult(long value, int errno) {

  /** The value of a function that returns a C {@code int}: the register's upper half is rubbish. */
  public int intValue() {
    return (int) value;
  }

  /** Did a function that returns a C {@code int} report failure by -1? */
  public boolean failed() {
    return intValue() == -1;
  }

  /**
   * The C {@code int} returned, or the failure as an exception.
   *
   * @param format the call as it would be written in C, with {@code %} for each of {@code
   *     arguments}; formatted only on failure
   */
  public int orThrow(String format, Object... arguments) throws SystemCallException {
    if (failed()) {
      throw new SystemCallException(String.format(format, arguments), errno);
    }
    return intValue();
  }
}
