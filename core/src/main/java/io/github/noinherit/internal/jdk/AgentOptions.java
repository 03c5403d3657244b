// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import io.github.noinherit.Requirement;
import io.github.noinherit.Scope;
import java.util.ArrayList;
import java.util.List;

/**
 * Pure: what stands behind the {@code =} of {@code -javaagent:noinherit.jar=…}, separated by
 * commas.
 *
 * @param scope from {@code scope=GLOB+GLOB…}, or {@code scope=jdk}, the default
 * @param requirement from {@code if-supported}
 */
record AgentOptions(Scope scope, Requirement requirement) {
  private static final String SCOPE = "scope=";

  /**
   * Understands the options.
   *
   * @throws IllegalArgumentException if one is none of them; the message names those that are
   */
  static AgentOptions parse(String arguments) {
    List<String> globs = new ArrayList<>();
    Requirement requirement = Requirement.REQUIRED;
    for (String option : arguments.isEmpty() ? new String[0] : arguments.split(",", -1)) {
      if (option.equals("if-supported")) {
        requirement = Requirement.IF_SUPPORTED;
      } else if (option.startsWith(SCOPE)) {
        for (String glob : option.substring(SCOPE.length()).split("\\+", -1)) {
          if (!glob.equals("jdk")) {
            globs.add(glob);
          }
        }
      } else {
        throw new IllegalArgumentException(
            "the agent has no option \""
                + option
                + "\"; it has scope=jdk, scope=GLOB+GLOB… (file names of native libraries) and"
                + " if-supported, separated by commas");
      }
    }
    return new AgentOptions(
        globs.isEmpty() ? Scope.jdk() : Scope.alsoLibraries(globs.toArray(new String[0])),
        requirement);
  }
}
