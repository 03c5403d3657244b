// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

/** What was asked cannot be done on this machine; the message says why and what would help. */
public final class UnsupportedHere extends Exception {
  private static final long serialVersionUID = 1L;

  /** Creates one with the reason and the remedy in one sentence. */
  public UnsupportedHere(String message) {
    super(message);
  }
}
