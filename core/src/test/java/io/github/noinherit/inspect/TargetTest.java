// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.inspect.Target.Protocol;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Targets as people write them. */
class TargetTest {
  private static Target port(Protocol protocol, String address, int number) {
    return new Target.Port(
        protocol,
        address.isEmpty() ? Optional.empty() : Optional.of(InetAddress.ofLiteral(address)),
        number);
  }

  @Test
  void eachForm() {
    assertEquals(port(Protocol.TCP, "", 8080), Target.parse("8080"));
    assertEquals(port(Protocol.UDP, "", 53), Target.parse("udp:53"));
    assertEquals(port(Protocol.TCP, "127.0.0.1", 8080), Target.parse("127.0.0.1:8080"));
    assertEquals(port(Protocol.TCP, "::1", 8080), Target.parse("[::1]:8080"));
    assertEquals(port(Protocol.UDP, "::1", 53), Target.parse("udp:[::1]:53"));
    assertEquals(new Target.UnixSocket("/run/x.sock"), Target.parse("unix:/run/x.sock"));
    assertEquals(new Target.UnixSocket("@abstract"), Target.parse("unix:@abstract"));
    assertEquals(new Target.File(Path.of("./8080")), Target.parse("./8080"));
    assertEquals(new Target.File(Path.of("/var/log/x:1")), Target.parse("/var/log/x:1"));
  }

  @Test
  void whatIsNoneIsRefusedWithTheForms() {
    for (String text :
        List.of(
            "",
            "0",
            "65536",
            "99999999999",
            "-1",
            "80a",
            "8080 ",
            "unix:",
            "unix:@",
            "localhost:80",
            "::1:80",
            "[::1]",
            "127.0.0.1:",
            "udp:",
            "1.2.3:80",
            "file",
            "\u0660\u0661")) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> Target.parse(text), text);
      assertTrue(("" + e.getMessage()).contains("udp:53"), e::toString);
    }
  }

  @Test
  void aTargetIsWrittenAsItIsRead() {
    for (String text :
        List.of("8080", "udp:53", "127.0.0.1:8080", "unix:@a", "unix:/x", "/tmp/x", "./8080")) {
      assertEquals(text, Target.parse(text).toString());
    }
    assertEquals(Target.parse("[::1]:80"), Target.parse(Target.parse("[::1]:80").toString()));
    assertEquals("./x", new Target.File(Path.of("x")).toString());
  }
}
