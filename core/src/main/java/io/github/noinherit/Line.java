// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import java.util.Objects;

/**
 * A line that a child has written.
 *
 * @param source where it was written to
 * @param text without its end ({@code \n}, {@code \r} or {@code \r\n})
 */
public record Line(Source source, String text) {
  /** A standard stream to which a child writes. */
  public enum Source {
    /** Standard output. */
    STDOUT,
    /** Standard error. */
    STDERR
  }

  /** Checks for null. */
  public Line {
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(text, "text");
  }

  /** {@return was it written to standard error?} */
  public boolean isError() {
    return source == Source.STDERR;
  }

  /** {@return the text} */
  @Override
  public String toString() {
    return text;
  }
}
