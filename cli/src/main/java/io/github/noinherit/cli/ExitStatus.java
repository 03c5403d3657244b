// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

/** The exit statuses of the command, the same for every verb where they apply. */
public final class ExitStatus {
  /** It did what it was asked. */
  public static final int OK = 0;

  /** It did it, and the answer is no: something is missing, or was not shown. */
  public static final int NO = 1;

  /** The command line was not understood. */
  public static final int USAGE = 2;

  /** Not permitted, not supported here, or not everything could be looked at. */
  public static final int UNSUPPORTED = 3;

  /** The command itself failed: it could not write its output, or has a bug. */
  public static final int FAILED = 125;

  private ExitStatus() {}
}
