// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Standard output could not be written. */
public final class OutputFailed extends UncheckedIOException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  OutputFailed(IOException cause) {
    super(cause);
    this.reason = String.valueOf(cause.getMessage());
  }

  /** What the system said. */
  String reason() {
    return reason;
  }

  /** True if the reader has gone, as {@code head} does: nothing to complain about. */
  boolean isReaderGone() {
    return reason.contains("Broken pipe"); // the JDK gives the text of EPIPE and no number
  }
}
