// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.adopt;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.Inherited;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The socket is standard input, as inetd(8) gives it; the client sees nothing but the protocol. */
@Tag("every-jdk")
@Counted
@Needs(Need.PYTHON3)
class InetdTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  @TempDir Path folder;

  /** REPORT: answers one client, and reports what is open where; chatters on standard output. */
  static final class Answer {
    public static void main(String[] arguments) throws Exception {
      try (SocketChannel client = Inherited.socket("any").orElseThrow()) {
        System.out.println("not for the client");
        System.err.println("nor is this");
        ByteBuffer request = ByteBuffer.allocate(100);
        client.read(request);
        client.write(request.flip());
        List<String> report = new ArrayList<>();
        int number = (int) Handle.of(client).number();
        DescriptorTable table = DescriptorTable.ofThisProcess();
        for (int fd : new int[] {0, 1, 2, number}) {
          Descriptor d = table.get(fd).orElseThrow();
          report.add(
              (fd == number && fd > 2 ? "client" : "" + fd)
                  + " "
                  + (d.link().startsWith("socket:") ? "socket" : d.link())
                  + (d.closeOnExec() ? " close-on-exec" : ""));
        }
        report.add("" + Inherited.socket("other").isPresent());
        try {
          report.add("" + Inherited.socket("any"));
        } catch (IllegalStateException e) {
          report.add("refused");
        }
        report.add("" + System.in.read());
        Files.write(Path.of(arguments[0]), report);
      }
    }
  }

  private static String ask(SocketChannel peer) throws IOException {
    peer.write(ByteBuffer.wrap("request".getBytes(US_ASCII)));
    peer.shutdownOutput();
    return new String(Channels.newInputStream(peer).readAllBytes(), US_ASCII);
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void aConnection(boolean standardErrorToo) throws Exception {
    Path report = folder.resolve("report");
    Path log = folder.resolve("log");
    try (ServerSocketChannel listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(LOOPBACK, 0));
      int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
      List<String> given =
          List.of(
              "0:connect:" + port,
              "1:same:0",
              standardErrorToo ? "2:same:0" : "2:open:O_WRONLY|O_CREAT:" + log);
      ChildJvm jvm = ChildJvm.of(Answer.class).arguments("" + report);
      try (Giver.Running child = Giver.start(given, jvm);
          SocketChannel peer = listener.accept()) {
        assertEquals("request", ask(peer));
        assertEquals(List.of(), child.lines());
      }
    }
    assertEquals(
        List.of(
            "0 /dev/null",
            "1 /dev/null",
            "2 " + (standardErrorToo ? "/dev/null" : log),
            "client socket close-on-exec",
            "false",
            "refused",
            "-1"),
        Files.readAllLines(report));
    if (!standardErrorToo) {
      assertEquals("nor is this\n", Files.readString(log));
    }
  }

  @Test
  void aListener() throws Exception {
    Path report = folder.resolve("report");
    assertEquals(
        List.of(),
        Giver.run(
            List.of("0:listen:127.0.0.1", "1:same:0", "2:same:0"),
            ChildJvm.of(AdoptProgram.class)
                .arguments(
                    "report:" + report,
                    "all",
                    "socket:x",
                    "datagram:x",
                    "file:x",
                    "serverSocket:x",
                    "serverSocket:y",
                    "serverSocket:x",
                    "serverSocket:0",
                    "all",
                    "out:nobody reads this")));
    assertEquals(
        List.of(
            "[InheritedHandle[name=unknown, number=0, kind=SERVER_SOCKET, isNonBlocking=false]]",
            "nothing",
            "nothing",
            "nothing",
            "ServerSocketChannelImpl",
            "nothing",
            "IllegalStateException: the socket that inetd put under 0 was adopted before in this"
                + " JVM, and belongs to the channel that was made then",
            "IllegalStateException: descriptor 0 was adopted before in this JVM, and belongs to the"
                + " channel that was made then",
            "[]"),
        Files.readAllLines(report));
  }

  @Test
  void aDatagramSocket() throws Exception {
    Path report = folder.resolve("report");
    try (DatagramChannel client = DatagramChannel.open()) {
      client.bind(new InetSocketAddress(LOOPBACK, 0));
      int port = ((InetSocketAddress) client.getLocalAddress()).getPort();
      assertEquals(
          List.of(),
          Giver.run(
              List.of("0:udp:" + port, "1:same:0", "2:same:0"),
              ChildJvm.of(AdoptProgram.class)
                  .arguments("report:" + report, "datagram:x", "out:not for the client")));
      client.configureBlocking(false);
      assertEquals(null, client.receive(ByteBuffer.allocate(100)));
    }
    assertEquals(List.of("DatagramChannelImpl"), Files.readAllLines(report));
  }

  /** Node.js gives its children such standard streams. */
  @Test
  void aConnectedUnixSocketIsAStandardStreamUnlessAskedForByNumber() throws Exception {
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(folder.resolve("s")));
      List<String> given = List.of("0:connect-unix:" + folder.resolve("s"));
      ChildJvm jvm =
          ChildJvm.of(AdoptProgram.class).arguments("all", "socket:x", "datagram:0", "socket:0");
      try (Giver.Running child = Giver.start(given, jvm);
          SocketChannel peer = listener.accept()) {
        assertEquals("[]", child.line());
        assertEquals("nothing", child.line());
        assertTrue(child.line().contains("descriptor 0 is a connection, and what"));
        assertEquals(List.of("SocketChannelImpl"), child.lines());
        assertTrue(peer.isOpen());
      }
    }
  }

  @Test
  void withEitherVariableStandardInputIsNotLookedAt() throws Exception {
    for (List<String> more :
        List.of(List.of("NOINHERIT_HANDLES=f=3"), List.of("LISTEN_FDS=1", "LISTEN_PID={pid}"))) {
      List<String> given = new ArrayList<>(List.of("0:listen:127.0.0.1", "3:pipe:x"));
      given.addAll(more);
      assertEquals(
          more.size() == 1 ? "nothing" : "IOException",
          Giver.run(given, ChildJvm.of(AdoptProgram.class).arguments("serverSocket:x"))
              .getFirst()
              .split(":", -1)[0]);
    }
  }

  @Test
  void aSocketThatCannotBeAdoptedStaysWhereItIs() throws Exception {
    org.junit.jupiter.api.Assumptions.assumeTrue(Need.IPV6.isMet());
    Path report = folder.resolve("report");
    Giver.run(
        List.of("0:listen:::1"),
        ChildJvm.of(AdoptProgram.class)
            .flags("-Djava.net.preferIPv4Stack=true")
            .arguments("report:" + report, "serverSocket:x", "all", "flags"));
    List<String> lines = Files.readAllLines(report);
    assertTrue(lines.get(0).startsWith("UnsupportedOperationException"), lines.get(0));
    assertTrue(lines.get(1).contains("number=0, kind=SERVER_SOCKET"), lines.get(1));
    assertTrue(!lines.get(2).contains("not inheritable"), "moved and left: " + lines.get(2));
  }
}
