// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The names are those that the shell has. */
class SignalNamesTest {
  @Test
  void everyNumberHasTheNameThatTheShellGivesIt() throws Exception {
    Process shell =
        new ProcessBuilder("sh", "-c", "for i in $(seq 1 31); do kill -l $i; done").start();
    List<String> names;
    try (var out = shell.getInputStream()) {
      names = new String(out.readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
    }
    assertEquals(0, shell.waitFor());
    assertEquals(31, names.size());
    for (int i = 1; i <= 31; i++) {
      // dash says POLL for IO, and has no name for 16
      String name = names.get(i - 1).replace("POLL", "IO").replace("16", "STKFLT");
      assertEquals("SIG" + name + " (" + i + ")", SignalNames.of(i));
    }
    assertEquals("signal 34", SignalNames.of(34));
    assertEquals("signal 0", SignalNames.of(0));
  }
}
