// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.run;

import io.github.noinherit.Handle;
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
      spawn.pass(d.name(), Handle.ofNumber(d.number()));
    }
    return killWithParent ? spawn.killWithParent() : spawn;
  }

  /** The exit status for a start that failed, as env(1) has it. */
  static int status(IOException e) {
    if (e instanceof SystemCallException s && s.call().startsWith("cannot run program")) {
      return s.code() == ENOENT ? NOT_FOUND : CANNOT_BE_RUN;
    }
    return ExitStatus.FAILED;
  }
}
