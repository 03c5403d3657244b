// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeafReportTest {
  private static final String REPORT =
      """
      leaf c
      fd 0 0 100000 6:3 /dev/null
      fd 7 1 2100002 65024:99 /a\\x20b\\x0a
      arg /leaf
      arg\s
      env A=1
      environ \\x42\\x3d\\x32\\x00\\x43\\x3d\\x00
      cwd /\\xc3\\xbc
      status Umask 0022
      status SigBlk 0000000000000200
      status SigIgn 0000000000000001
      status SigCgt 8000000000000000
      status NoNewPrivs 0
      nofile 1024 unlimited
      ids 10 9 8 7
      ofd 0 7 different
      end
      """;

  @Test
  void readsEveryLine() {
    LeafReport report = LeafReport.parse(REPORT);
    assertEquals(
        new Descriptor(7, true, 0_2100002, 65024, 99, "/a b\n"),
        report.table().get(7).orElseThrow());
    assertEquals(List.of("/leaf", ""), report.arguments());
    assertEquals(List.of("A=1", "B=2", "C="), report.escapedEnvironment());
    assertEquals("/\u00fc", report.directory().toString());
    assertTrue(report.isBlocked(10));
    assertTrue(report.isIgnored(1));
    assertEquals(1L << 63, report.caughtSignals());
    assertEquals(18, report.umask());
    assertEquals(1024, report.softDescriptorLimit().orElseThrow());
    assertTrue(report.hardDescriptorLimit().isEmpty());
    assertEquals(List.of(10L, 9L, 8L, 7L), ids(report));
    assertEquals("different", report.sameDescription().get("0 7"));
  }

  @Test
  void bothSpellingsOfATextAreOne() {
    assertEquals("a\\x5cb", LeafReport.normalise("\\x61\\x5c\\x62"));
    assertEquals("a\\b", LeafReport.unescape("a\\x5cb", StandardCharsets.US_ASCII));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "leaf c\nend\n",
        "nonsense\n",
        "fd 0 0 0\nend\n",
        "fd x 0 0 0:0 a\nend\n",
        "arg \\y\nend\n",
        "arg \\x4\nend\n"
      })
  void whatIsNoReportIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> LeafReport.parse(text));
  }

  @Test
  void anUnfinishedReportIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> LeafReport.parse(REPORT.replace("end\n", "")));
    assertThrows(IllegalArgumentException.class, () -> LeafReport.parse(REPORT + "end\n"));
  }

  private static List<Long> ids(LeafReport report) {
    return List.of(report.pid(), report.parent(), report.processGroup(), report.session());
  }
}
