// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import io.github.noinherit.internal.posix.Errno;
import java.io.IOException;
import java.io.Serial;

/**
 * A call to the operating system failed. The message carries the call with its arguments, the code,
 * the code's name and meaning, and, where there is one, the remedy:
 *
 * <pre>{@code open("/etc/shadow", O_RDONLY|O_CLOEXEC): EACCES (13) Permission denied}</pre>
 *
 * Immutable and safe for use by several threads.
 */
public final class SystemCallException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  /** The call as it would be written in C. */
  private final String call;

  /** errno. */
  private final int code;

  /**
   * A failed call.
   *
   * @param call the call with its arguments, as it would be written in C
   * @param code the value of {@code errno}
   */
  public SystemCallException(String call, int code) {
    this(call, code, Errno.remedy(code));
  }

  /**
   * A failed call with a remedy of its own.
   *
   * @param call the call with its arguments, as it would be written in C
   * @param code the value of {@code errno}
   * @param remedy what the reader can do about it; empty if nothing is known
   */
  public SystemCallException(String call, int code, String remedy) {
    super(call + ": " + Errno.describe(code) + (remedy.isEmpty() ? "" : "; " + remedy));
    this.call = call;
    this.code = code;
  }

  /** {@return the call with its arguments, as it would be written in C} */
  public String call() {
    return call;
  }

  /** {@return the value of {@code errno} (errno(3)), such as 13} */
  public int code() {
    return code;
  }

  /** {@return the name of the code, such as {@code EACCES}; {@code E42} for one without a name} */
  public String codeName() {
    return Errno.name(code);
  }
}
