// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

/** A stream of ours that wraps a holder of the JDK's. */
public interface Wrapper {
  /** The holder. */
  Object wrapped();
}
