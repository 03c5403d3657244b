// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.StandardProtocolFamily;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the options of {@code noinherit run} name. */
class NamedTest {
  @Test
  void addresses() {
    assertEquals(new Named.Port("http", "127.0.0.1", 8080), Named.listen("http=127.0.0.1:8080"));
    assertEquals(new Named.Port("8080", "::1", 8080), Named.listen("[::1]:8080"));
    assertEquals(new Named.Port("80", "", 80), Named.listen(":80"));
    assertEquals(new Named.Port("a b", "", 0), Named.listen("a b=*:0"));
    assertEquals(new Named.Port("1", "localhost", 1), Named.listen("localhost:1"));
  }

  @Test
  void theFamilyIsThatOfTheAddress() {
    assertEquals(StandardProtocolFamily.INET, new Named.Port("x", "127.0.0.1", 1).family());
    assertEquals(StandardProtocolFamily.INET6, new Named.Port("x", "::1", 1).family());
    assertEquals(StandardProtocolFamily.INET6, new Named.Port("x", "", 1).family());
  }

  @Test
  void paths() {
    assertEquals(
        new Named.Socket("x.sock", Path.of("/run/x.sock")), Named.listen("unix:/run/x.sock"));
    assertEquals(new Named.Socket("a", Path.of("b=c:d")), Named.listen("a=unix:b=c:d"));
    assertEquals(new Named.Socket("b=c", Path.of("/b=c")), Named.listen("unix:/b=c"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "8080",
        ":",
        "x:",
        "=:80",
        "a:b=:80",
        "::1:80",
        "[]:80",
        ":65536",
        ":-1",
        ":+1",
        ": 80",
        ":99999999999",
        "unix:",
        "unix:/run/",
        "unix:@x",
        "unix:/a:b",
        "é=:80"
      })
  void whatIsNone(String value) {
    assertThrows(IllegalArgumentException.class, () -> Named.listen(value));
  }

  @Test
  void descriptors() {
    assertEquals(new Named.Descriptor("log", 3), Named.pass("log=3"));
    for (String value : new String[] {"", "log", "=3", "log=", "log=x", "log=-1", "a=b=3"}) {
      assertThrows(IllegalArgumentException.class, () -> Named.pass(value), value);
    }
  }

  @Test
  void portsToTake() {
    assertEquals(new Named.Taken("8080", "", 8080), Named.take("8080"));
    assertEquals(new Named.Taken("http", "", 8080), Named.take("http=8080"));
    assertEquals(new Named.Taken("8080", "127.0.0.1", 8080), Named.take("127.0.0.1:8080"));
    assertEquals(new Named.Taken("http", "::1", 80), Named.take("http=[::1]:80"));
    assertEquals(new Named.Taken("80", "", 80), Named.take(":80"));
    for (String value :
        new String[] {"", "0", "x", "65536", "=80", "é=80", "unix:/x", "a=", ":0"}) {
      assertThrows(IllegalArgumentException.class, () -> Named.take(value), value);
    }
  }
}
