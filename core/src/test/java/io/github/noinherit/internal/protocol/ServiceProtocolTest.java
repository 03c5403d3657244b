// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The texts of sd_notify(3), and what is refused. */
final class ServiceProtocolTest {
  private static byte[] address(String value) throws IOException {
    return ServiceProtocol.address(value.getBytes(ISO_8859_1));
  }

  @Test
  void aPathEndsInANul() throws IOException {
    assertArrayEquals("\1\0/run/n\0".getBytes(ISO_8859_1), address("/run/n"));
    assertEquals(2 + 108, address("/" + "n".repeat(106)).length);
  }

  @Test
  void anAbstractNameBeginsWithOne() throws IOException {
    assertArrayEquals("\1\0\0a@b".getBytes(ISO_8859_1), address("@a@b"));
    assertArrayEquals("\1\0\0\u00ff".getBytes(ISO_8859_1), address("@\u00ff"));
    assertEquals(2 + 108, address("@" + "n".repeat(107)).length);
  }

  @Test
  void otherAddressesAreRefused() {
    for (String value :
        List.of(
            "x", "/", "@", "run/n", "vsock:2:1234", "/" + "n".repeat(107), "@" + "n".repeat(108))) {
      IOException e = assertThrows(IOException.class, () -> address(value));
      assertTrue(e.getMessage().contains("NOTIFY_SOCKET is \""), e.getMessage());
    }
  }

  @Test
  void aStatusIsOneLine() {
    assertEquals("STATUS=42 \u00e4", ServiceProtocol.status("42 \u00e4"));
    for (String text : List.of("a\nMAINPID=1", "a\r", "\0", "\u0085")) {
      assertThrows(IllegalArgumentException.class, () -> ServiceProtocol.status(text));
    }
  }

  @Test
  void numbersArePositive() {
    assertEquals("MAINPID=17", ServiceProtocol.mainPid(17));
    assertThrows(IllegalArgumentException.class, () -> ServiceProtocol.mainPid(0));
    assertEquals(
        "EXTEND_TIMEOUT_USEC=1500000", ServiceProtocol.extendTimeout(Duration.ofMillis(1500)));
    assertEquals("EXTEND_TIMEOUT_USEC=1", ServiceProtocol.extendTimeout(Duration.ofNanos(1)));
    assertThrows(
        IllegalArgumentException.class, () -> ServiceProtocol.extendTimeout(Duration.ZERO));
    assertEquals("RELOADING=1\nMONOTONIC_USEC=5", ServiceProtocol.reloading(5));
  }

  @Test
  void aNameOfAStoredHandleCannotSayMore() {
    assertEquals("FDSTORE=1\nFDNAME=a b", ServiceProtocol.store(false, "a b"));
    assertEquals("FDSTOREREMOVE=1\nFDNAME=a", ServiceProtocol.store(true, "a"));
    for (String name : List.of("", "a:b", "a\nREADY=1", "\u00e4", "n".repeat(256))) {
      assertThrows(IllegalArgumentException.class, () -> ServiceProtocol.store(false, name));
    }
  }

  @Test
  void theWatchdogIsForOneProcess() throws IOException {
    assertEquals(Optional.empty(), ServiceProtocol.watchdog("", "", 7));
    assertEquals(Optional.empty(), ServiceProtocol.watchdog("5", "8", 7));
    assertEquals(Optional.of(Duration.ofMillis(2500)), ServiceProtocol.watchdog("2500000", "7", 7));
    assertEquals(Optional.of(Duration.ofNanos(5000)), ServiceProtocol.watchdog("5", "", 7));
    for (String value : List.of("0", "-1", "x", "1s", "9999999999999999999", "infinity")) {
      assertThrows(IOException.class, () -> ServiceProtocol.watchdog(value, "", 7), value);
    }
  }

  @Test
  void aVariableIsFoundByItsWholeName() {
    List<byte[]> strings =
        List.of(bytes("A_NOTIFY=1"), bytes("A"), bytes("AB=2"), bytes("A=3=4"), bytes("A=5"));
    assertArrayEquals(bytes("3=4"), ServiceProtocol.value(strings, "A"));
    assertEquals(null, ServiceProtocol.value(strings, "NOTIFY"));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }
}
