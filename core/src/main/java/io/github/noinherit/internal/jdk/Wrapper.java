// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.io.IOException;

/** A stream of ours that wraps a holder of the JDK's. */
public interface Wrapper {
  /** The holder, which may be handed on from now on. */
  Object wrapped() throws IOException;
}
