// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples.forking;

import io.github.noinherit.Inherited;
import io.github.noinherit.examples.Answer;
import java.io.IOException;

/** The child of one connection: answers the client, and ends. */
public final class Handler {
  private Handler() {}

  /**
   * Serves the connection that it was given.
   *
   * @param arguments none
   */
  public static void main(String[] arguments) throws IOException {
    Answer.to(Inherited.socket("connection").orElseThrow(), "child");
  }
}
