// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.lang.instrument.Instrumentation;

/**
 * The first class of noinherit that a JVM loads when it is started with {@code -javaagent}, or
 * attached to. It alone is compiled for Java 8, so that an older JVM gets a sentence and not a
 * class-file error: a JVM looks for {@code Agent} when it comes to the call, and not before.
 */
public final class AgentEntry {
  private static final int NEEDED = 25;

  private AgentEntry() {}

  /** Called by the JVM before {@code main}. */
  public static void premain(String arguments, Instrumentation instrumentation) {
    String objection = objection();
    if (objection != null) {
      System.err.println(objection);
      System.exit(1);
    }
    Agent.premain(arguments, instrumentation);
  }

  /** Called by the JVM when the agent is attached to it. */
  public static void agentmain(String arguments, Instrumentation instrumentation) {
    String objection = objection();
    if (objection != null) {
      throw new UnsupportedOperationException(objection);
    }
    Agent.agentmain(arguments, instrumentation);
  }

  private static String objection() {
    String version = System.getProperty("java.specification.version"); // 1.8, 11, 17, …
    boolean isOld = version.startsWith("1.") || Integer.parseInt(version) < NEEDED;
    return isOld
        ? "noinherit needs Java " + NEEDED + "; this is " + System.getProperty("java.version")
        : null;
  }
}
