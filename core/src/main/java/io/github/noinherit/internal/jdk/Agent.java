// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.lang.instrument.Instrumentation;
import org.jspecify.annotations.Nullable;

/** The entry points of {@code -javaagent} and of attaching: they hand the second door its key. */
public final class Agent {
  private Agent() {}

  /** Called by the JVM before {@code main} when started with {@code -javaagent}. */
  public static void premain(@Nullable String arguments, Instrumentation instrumentation) {
    Door.agentLoaded(instrumentation);
  }

  /** Called by the JVM when the agent is attached to a running JVM. */
  public static void agentmain(@Nullable String arguments, Instrumentation instrumentation) {
    Door.agentLoaded(instrumentation);
  }
}
