// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.proc;

import java.io.IOException;
import java.io.Serial;

/** A text or message is not what the kernel writes: the one thing that parsers here throw. */
public final class ProcFormatException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  ProcFormatException(String message) {
    super(message);
  }
}
