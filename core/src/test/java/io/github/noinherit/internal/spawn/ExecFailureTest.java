// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.posix.Errno;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which of several errors is told. */
class ExecFailureTest {
  private static SystemCallException of(String command, List<String> paths, Integer... errors) {
    return ExecFailure.of(
        command, paths.stream().map(p -> p.getBytes(UTF_8)).toList(), List.of(errors));
  }

  @Test
  void theLastErrorIsTold() {
    assertEquals(Errno.ENOENT, ExecFailure.telling(List.of(Errno.ENOENT)));
    assertEquals(Errno.ENOEXEC, ExecFailure.telling(List.of(Errno.ENOENT, Errno.ENOEXEC)));
    assertEquals(Errno.E2BIG, ExecFailure.telling(List.of(Errno.EACCES, Errno.E2BIG)));
  }

  @Test
  void aProgramThatIsThereButNotAllowedIsBetterNewsThanOneThatIsNotThere() {
    assertEquals(
        Errno.EACCES, ExecFailure.telling(List.of(Errno.ENOENT, Errno.EACCES, Errno.ENOENT)));
    SystemCallException e =
        of("x", List.of("/a/x", "/b/x", "/c/x"), Errno.ENOENT, Errno.EACCES, Errno.ENOENT);
    assertTrue(String.valueOf(e.getMessage()).contains("execve(\"/b/x\")"), e.getMessage());
    assertTrue(String.valueOf(e.getMessage()).contains("chmod +x"), e.getMessage());
  }

  @Test
  void theMessageHasCommandPathErrnoNameAndRemedy() {
    SystemCallException e = of("x", List.of("/a/x"), Errno.ENOENT);
    assertEquals(
        "cannot run program \"x\": execve(\"/a/x\"): ENOENT (2) No such file or directory; no"
            + " directory of PATH has a program of this name",
        e.getMessage());
    assertEquals(Errno.ENOENT, e.code());
    assertEquals("ENOENT", e.codeName());
  }

  @Test
  void aPathThatIsNotThereMayLackItsInterpreter() {
    SystemCallException e = of("/a/x", List.of("/a/x"), Errno.ENOENT);
    assertTrue(String.valueOf(e.getMessage()).contains("#! line"), e.getMessage());
  }

  @Test
  void fewerErrorsThanCandidatesAreTheFirstOnes() {
    SystemCallException e = of("x", List.of("/a/x", "/b/x", "/c/x"), Errno.ENOENT, Errno.E2BIG);
    assertTrue(String.valueOf(e.getMessage()).contains("execve(\"/b/x\"): E2BIG"), e.getMessage());
  }
}
