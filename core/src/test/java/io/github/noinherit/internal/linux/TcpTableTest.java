// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Text of /proc/net/tcp and tcp6. */
class TcpTableTest {
  private static final String TEXT =
      """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
         1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 0 1 0000000000000000 20 4 30 10 -1
      """;

  private static final String TEXT6 =
      """
         0: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12 1 0000000000000000 100 0 0 10 0
         1: B80D0120000000000000000078563412:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 13 1 0000000000000000 100 0 0 10 0
      """;

  @Test
  void addressesStatesAndNumbers() {
    List<TcpTable.Row> rows = TcpTable.parse(TEXT);
    assertEquals(2, rows.size());
    assertEquals("/127.0.0.1:8080", rows.getFirst().local().toString());
    assertTrue(rows.getFirst().isListener());
    assertEquals(4711, rows.getFirst().inode());
    assertFalse(rows.getLast().isListener());
    assertEquals(0, rows.getLast().inode());
    List<TcpTable.Row> six = TcpTable.parse(TEXT6);
    assertEquals("/[0:0:0:0:0:0:0:1]:22", six.getFirst().local().toString());
    assertEquals("/[2001:db8:0:0:0:0:1234:5678]:80", six.getLast().local().toString());
  }

  @Test
  void whatIsNoLineIsRefused() {
    for (String text :
        List.of("0: 1", "   0: XX:1 2:3 0A 0 0 0 0 0 4711", "0: 01:1 2 0A 0 0 0 0 0 1")) {
      assertThrows(IllegalArgumentException.class, () -> TcpTable.parse(text), text);
    }
    assertEquals(List.of(), TcpTable.parse("\n\n"));
  }
}
