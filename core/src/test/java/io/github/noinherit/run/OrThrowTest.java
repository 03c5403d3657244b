// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.CommandException;
import io.github.noinherit.Completed;
import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.Counted;
import org.junit.jupiter.api.Test;

/** What orThrow() says of a command that did not succeed. */
@Counted(warmUp = WarmUp.class)
class OrThrowTest {
  private static String said(String... command) throws Exception {
    Completed c = Spawn.command(command).capture();
    CommandException.Failed e = assertThrows(CommandException.Failed.class, c::orThrow);
    assertSame(c, e.completed());
    return String.valueOf(e.getMessage());
  }

  @Test
  void theCommandItsExitValueAndItsErrors() throws Exception {
    assertEquals(
        "sh -c 'echo no such thing >&2; exit 3' 'a b': exit value 3; its standard error:\n"
            + "no such thing",
        said("sh", "-c", "echo no such thing >&2; exit 3", "a b"));
  }

  @Test
  void aSignalByName() throws Exception {
    assertEquals(
        "sh -c 'kill -KILL $$': ended by SIGKILL (9); it wrote nothing to standard error",
        said("sh", "-c", "kill -KILL $$"));
    assertTrue(said("sh", "-c", "kill -40 $$").contains("ended by signal 40;"));
  }

  @Test
  void ofMuchErrorTheEnd() throws Exception {
    String said = said("sh", "-c", "seq 1 100000 >&2; exit 1");
    assertTrue(said.contains("; the end of its standard error:\n…"), said);
    assertTrue(said.endsWith("\n99999\n100000"), said);
    assertTrue(said.length() < 2200, () -> said.length() + " characters");
  }

  @Test
  void aLongCommandIsCut() throws Exception {
    String said = said("false", "x".repeat(10_000));
    assertTrue(said.length() < 500, said);
    assertTrue(said.contains("… (2 words): exit value 1"), said);
  }

  @Test
  void nothingThatSteersATerminal() throws Exception {
    String said =
        said("sh", "-c", "printf '\\033[31mred\\007\\n\\tnext\\n' >&2; exit 1", "\u001b]0;");
    assertFalse(said.chars().anyMatch(c -> c < ' ' && c != '\n' && c != '\t'), said);
    assertTrue(said.endsWith("?[31mred?\n\tnext"), said);
  }
}
