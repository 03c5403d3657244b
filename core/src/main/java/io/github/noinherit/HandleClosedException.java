// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import java.io.IOException;
import java.io.Serial;

/**
 * A handle was closed, before a call or by another thread during it. Nothing was handed on and no
 * child was started; a flag that was changed was put to the safe side, non-inheritable.
 */
public final class HandleClosedException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  /**
   * A closed handle.
   *
   * @param message which handle, and what it was wanted for
   */
  public HandleClosedException(String message) {
    super(message);
  }
}
