// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class TcpSocketTest {
  @Test
  void aListenerIsRead() {
    String line =
        "   1: 0100007F:1F90 00000000:0000 0A 00000000:00000002 00:00000000 00000000  1000"
            + "        0 53553 1 0000000000000000 100 0 0 10 0";
    assertEquals(Optional.of(new TcpSocket(8080, 0, "LISTEN", 2, 53553)), TcpSocket.parse(line));
  }

  @Test
  void aConnectionOverIpv6IsRead() {
    String line =
        "   7: 0000000000000000FFFF00000100007F:9087 0000000000000000FFFF00000100007F:BF3A 01"
            + " 00000000:00000000 00:00000000 00000000     0        0 48179 1 0000000000000000 20 4"
            + " 0 10 -1";
    assertEquals(
        Optional.of(new TcpSocket(0x9087, 0xBF3A, "ESTABLISHED", 0, 48179)), TcpSocket.parse(line));
  }

  @Test
  void theHeadingAndBlankLinesAreNoSockets() {
    assertEquals(
        Optional.empty(),
        TcpSocket.parse(
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid "
                + " timeout inode"));
    assertEquals(Optional.empty(), TcpSocket.parse(""));
  }
}
