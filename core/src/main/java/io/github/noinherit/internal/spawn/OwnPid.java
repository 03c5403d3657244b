// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.lang.foreign.ValueLayout.ADDRESS;

import io.github.noinherit.internal.linux.Syscall;
import io.github.noinherit.internal.stub.Stub;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/*
 * A variable of a child's environment whose value is the child's own pid, as LISTEN_PID must be
 * (sd_listen_fds(3)). Nobody knows the number before the child exists, and the environment is made
 * before that.
 *
 * So the string NAME= is made with room for the digits: NUL characters, which no variable that a
 * program asks for can have, so that they also mark it.
 *
 *   By clone3 and clone: the child calls getpid as its last step before exec, and the stub writes the
 *   result into the room, in decimal. The kernel is asked in the child, so the number is right in
 *   a pid namespace too, and without /proc.
 *
 *   By posix_spawn nothing of ours runs in the child. There the program is started through a shell,
 *   which knows its own pid, exports it, and becomes the program, which keeps it:
 *     sh -c 'LISTEN_PID=$$; export LISTEN_PID; exec "$@"' sh PROGRAM ARGUMENTS…
 *   A shell loses variables whose names it could not use itself (dash), so these are refused.
 */
final class OwnPid {
  private static final byte[] SHELL = "/bin/sh".getBytes(StandardCharsets.US_ASCII);
  private static final String IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*";

  private OwnPid() {}

  /** The string NAME= with room for the pid. */
  static byte[] variable(String name) {
    return (name + "=" + "\0".repeat(Stub.MOST_DIGITS)).getBytes(StandardCharsets.US_ASCII);
  }

  /** Where in an environment there is such a string. */
  private static OptionalInt in(List<byte[]> environment) {
    for (int i = 0; i < environment.size(); i++) {
      byte[] string = environment.get(i);
      if (string.length > 0 && string[string.length - 1] == 0) {
        return OptionalInt.of(i);
      }
    }
    return OptionalInt.empty();
  }

  /**
   * Adds the step that writes the pid, if one is wanted.
   *
   * @param array the environment's strings in memory, as the child's exec will get them
   */
  static void write(StepList steps, List<byte[]> environment, MemorySegment array) {
    in(environment)
        .ifPresent(
            i ->
                steps.addWritingResult(
                    "getpid()",
                    array.getAtIndex(ADDRESS, i).address() + name(environment.get(i)).length() + 1,
                    Syscall.GETPID));
  }

  /**
   * The same child through a shell, if its pid is wanted in its environment.
   *
   * @throws UnsupportedOperationException if it has a variable that a shell would lose
   */
  static ChildSpec throughShell(ChildSpec spec) {
    OptionalInt at = in(spec.environment());
    if (at.isEmpty()) {
      return spec;
    }
    List<byte[]> environment = new ArrayList<>(spec.environment());
    String name = name(environment.remove(at.getAsInt()));
    for (byte[] string : environment) {
      if (!name(string).matches(IDENTIFIER)) {
        throw new UnsupportedOperationException(
            "where children are started by posix_spawn, one whose "
                + name
                + " must be its own pid goes through a shell, and that would lose the environment"
                + " variable \""
                + name(string)
                + "\": take it out (removeEnvironment); clone3 and clone have no such limit (see"
                + " 'noinherit check')");
      }
    }
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(SHELL);
    arguments.add(ascii("-c"));
    arguments.add(ascii(name + "=$$; export " + name + "; exec \"$@\""));
    arguments.add(SHELL);
    arguments.add(program(spec.candidates().getFirst()));
    arguments.addAll(spec.arguments().subList(1, spec.arguments().size()));
    return spec.with(List.of(SHELL), arguments, environment);
  }

  /** A path that exec cannot take for an option. */
  private static byte[] program(byte[] path) {
    return path[0] == '-'
        ? ("./" + new String(path, StandardCharsets.ISO_8859_1))
            .getBytes(StandardCharsets.ISO_8859_1)
        : path;
  }

  private static String name(byte[] string) {
    String text = new String(string, StandardCharsets.ISO_8859_1);
    return text.substring(0, text.indexOf('=', 1));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
