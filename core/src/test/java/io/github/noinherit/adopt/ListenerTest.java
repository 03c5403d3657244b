// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.adopt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A listener that another program has made is a channel of the JDK's in every respect, whatever its
 * blocking mode, and that mode stays what it is for those who share it.
 */
@Tag("every-jdk")
@Counted
@Needs(Need.PYTHON3)
class ListenerTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "tcp4, false",
    "tcp4, true",
    "tcp6, false",
    "tcp6, true",
    "unix, false",
    "unix, true"
  })
  void servesInEveryWay(String family, boolean nonBlocking) throws Exception {
    Path path = folder.resolve("s");
    String opened =
        switch (family) {
          case "tcp4" -> "3:listen:127.0.0.1";
          case "tcp6" -> {
            org.junit.jupiter.api.Assumptions.assumeTrue(Need.IPV6.isMet());
            yield "3:listen:::1";
          }
          default -> "3:listen-unix:" + path;
        };
    List<String> given =
        List.of(
            opened + (nonBlocking ? "+nonblock" : ""),
            "LISTEN_PID={pid}",
            "LISTEN_FDS=1",
            "LISTEN_FDNAMES=http");
    try (Giver.Running server = Giver.start(given, ChildJvm.of(Listen.class).arguments("http"))) {
      String where = server.line();
      SocketAddress address =
          switch (family) {
            case "tcp4" ->
                new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), Integer.parseInt(where));
            case "tcp6" ->
                new InetSocketAddress(InetAddress.ofLiteral("::1"), Integer.parseInt(where));
            default -> UnixDomainSocketAddress.of(where);
          };
      Listen.check(server::line, address, SocketChannel.open(address), nonBlocking);
      assertEquals(List.of(), server.lines());
    }
  }

  @Test
  void anIpv6ListenerInAJvmWithoutIpv6IsRefused() throws Exception {
    List<String> given = new ArrayList<>();
    given.add(Need.IPV6.isMet() ? "3:listen:::1" : "3:socket:AF_INET6:SOCK_DGRAM");
    given.addAll(List.of("LISTEN_PID={pid}", "LISTEN_FDS=1"));
    ChildJvm jvm =
        ChildJvm.of(AdoptProgram.class)
            .flags("-Djava.net.preferIPv4Stack=true")
            .arguments(Need.IPV6.isMet() ? "serverSocket:x" : "datagram:x", "flags");
    List<String> lines = Giver.run(given, jvm);
    assertTrue(lines.getFirst().contains("IPv6 socket, and this JVM has no IPv6"), "" + lines);
    assertEquals("3 inheritable", lines.getLast());
  }
}
