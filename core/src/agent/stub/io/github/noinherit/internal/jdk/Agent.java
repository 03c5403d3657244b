// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.lang.instrument.Instrumentation;

/**
 * What {@code AgentEntry} is compiled against: the signatures of the real class, which is for a
 * younger Java than a compiler for Java 8 can read. It is not compiled itself.
 */
public final class Agent {
  private Agent() {}

  /** See the real class. */
  public static native void premain(String arguments, Instrumentation instrumentation);

  /** See the real class. */
  public static native void agentmain(String arguments, Instrumentation instrumentation);
}
