// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.run;

import io.github.noinherit.Capability;
import io.github.noinherit.Inherited;
import io.github.noinherit.Spawn;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.cli.ExitStatus;
import java.io.IOException;
import java.util.List;

/**
 * The program that is run, and what every child of it gets.
 *
 * @param command program and arguments
 * @param passed descriptors of this process
 * @param killWithParent does it end with us?
 */
record Program(List<String> command, List<Named.Descriptor> passed, boolean killWithParent) {
  private static final int ENOENT = 2; // asm-generic/errno-base.h
  private static final int CANNOT_BE_RUN = 126;
  private static final int NOT_FOUND = 127;

  Program {
    command = List.copyOf(command);
    passed = List.copyOf(passed);
  }

  /** A child that shares our standard streams. */
  Spawn spawn() throws IOException {
    Spawn spawn = Spawn.command(command).inheritIO();
    for (Named.Descriptor d : passed) {
      spawn.pass(
          d.name(),
          Inherited.handle(d.number())
              .orElseThrow(
                  () ->
                      new IOException(
                          "--pass "
                              + d.name()
                              + "="
                              + d.number()
                              + ": descriptor "
                              + d.number()
                              + " is not open here; the shell opens one by "
                              + d.number()
                              + ">>file behind the command")));
    }
    return killWithParent ? spawn.killWithParent() : spawn;
  }

  /**
   * Looks for what would keep every start from succeeding.
   *
   * @throws IOException or IllegalArgumentException or UnsupportedOperationException if there is
   *     something
   */
  void check() throws IOException {
    spawn();
    if (killWithParent) {
      Capability.Answer answer = Capability.KILL_WITH_PARENT.check();
      if (!answer.isAvailable()) {
        throw new UnsupportedOperationException("--kill-with-parent: " + answer);
      }
    }
  }

  /** The exit status for a start that failed, as env(1) has it. */
  static int status(IOException e) {
    if (e instanceof SystemCallException s && s.call().startsWith("cannot run program")) {
      return s.code() == ENOENT ? NOT_FOUND : CANNOT_BE_RUN;
    }
    return ExitStatus.FAILED;
  }
}
