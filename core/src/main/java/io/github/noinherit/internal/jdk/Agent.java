// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import io.github.noinherit.NoInherit;
import io.github.noinherit.Protection;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import org.jspecify.annotations.Nullable;

/**
 * The agent, on a JVM that is young enough ({@code AgentEntry}): it hands the second door its key,
 * and protects by default.
 */
public final class Agent {
  private static final int FAILED = 1;

  private Agent() {}

  /**
   * Called before {@code main} when the JVM is started with {@code -javaagent}. Where it cannot do
   * what it was asked, the JVM ends: a program that is meant to be protected does not run without.
   */
  public static void premain(@Nullable String arguments, Instrumentation instrumentation) {
    try {
      start(arguments, instrumentation);
    } catch (IOException | RuntimeException e) {
      System.err.println("noinherit: " + e.getMessage());
      System.exit(FAILED);
    }
  }

  /**
   * Called when the agent is attached to a running JVM.
   *
   * @throws IOException as {@link NoInherit#byDefault()}; the JVM runs on as before
   */
  public static void agentmain(@Nullable String arguments, Instrumentation instrumentation)
      throws IOException {
    start(arguments, instrumentation);
  }

  private static void start(@Nullable String arguments, Instrumentation instrumentation)
      throws IOException {
    AgentOptions options = AgentOptions.parse(arguments == null ? "" : arguments);
    Door.agentLoaded(instrumentation);
    Protection protection = NoInherit.byDefault(options.scope(), options.requirement());
    if (!protection.isOn()) {
      System.err.println("noinherit: " + protection);
    }
  }
}
