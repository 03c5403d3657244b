// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.orphans;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Asks the kernel from inside a child. */
final class Ask {
  private Ask() {}

  /**
   * A child that says what it is: its own files in /proc, read by a program that changes nothing.
   */
  static Spawn child(String... files) {
    String[] command = new String[files.length + 1];
    command[0] = "cat";
    System.arraycopy(files, 0, command, 1, files.length);
    return Spawn.command(command);
  }

  /** Are children started by posix_spawn in this run? */
  static boolean isPosixSpawn() {
    return "posix_spawn".equals(System.getProperty("noinherit.spawn"));
  }

  /** False if this way cannot do it, and says so. */
  static boolean canDo(Spawn spawn) {
    if (!isPosixSpawn()) {
      return true;
    }
    UnsupportedOperationException e =
        assertThrows(UnsupportedOperationException.class, spawn::start);
    assertTrue(String.valueOf(e.getMessage()).contains("posix_spawn"), e::toString);
    return false;
  }

  /** What a child says, to its end. */
  static String said(Spawn spawn) throws IOException, InterruptedException {
    try (SpawnedProcess child = spawn.redirectErrorStream(true).start()) {
      String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (child.waitFor() != 0) {
        throw new AssertionError("it ended with " + child.exitValue() + " and said " + said);
      }
      return said;
    }
  }

  /** The value of a line of /proc/PID/status. */
  static String line(String status, String key) {
    return status
        .lines()
        .filter(l -> l.startsWith(key + ":"))
        .map(l -> l.substring(key.length() + 1).strip())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + key + " in " + status));
  }
}
