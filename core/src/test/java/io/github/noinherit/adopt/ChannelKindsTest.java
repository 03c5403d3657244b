// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.adopt;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each kind of channel does what it is for: on platform and virtual threads, and selected. */
@Tag("every-jdk")
@Counted
@Needs(Need.PYTHON3)
class ChannelKindsTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  @TempDir Path folder;

  private static Giver.Running start(Class<?> program, String opened) throws IOException {
    return Giver.start(List.of("3:" + opened, "NOINHERIT_HANDLES=x=3"), ChildJvm.of(program));
  }

  private static String read(ReadableByteChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(100);
    return channel.read(buffer) < 0
        ? ""
        : new String(buffer.array(), 0, buffer.position(), US_ASCII);
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(US_ASCII));
  }

  @ParameterizedTest
  @CsvSource({"tcp, ''", "tcp, +nonblock", "unix, ''", "unix, +nonblock"})
  void aConnection(String family, String mode) throws Exception {
    boolean isUnix = family.equals("unix");
    SocketAddress address =
        isUnix
            ? UnixDomainSocketAddress.of(folder.resolve("s"))
            : new InetSocketAddress(LOOPBACK, 0);
    try (ServerSocketChannel listener =
        isUnix
            ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            : ServerSocketChannel.open()) {
      listener.bind(address);
      String opened =
          isUnix
              ? "connect-unix:" + folder.resolve("s")
              : "connect:" + ((InetSocketAddress) listener.getLocalAddress()).getPort();
      try (Giver.Running child = start(Talk.Connection.class, opened + mode);
          SocketChannel peer = listener.accept()) {
        assertEquals("true true", child.line());
        assertEquals("" + peer.getLocalAddress(), child.line());
        assertEquals("" + peer.getRemoteAddress(), child.line());
        for (int i = 1; i <= 3; i++) {
          Thread.sleep(50); // it waits meanwhile
          peer.write(bytes("hello"));
          assertEquals(i + " hello", read(peer));
        }
        assertEquals("", read(peer));
        assertEquals(List.of("end "), child.lines());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "+nonblock"})
  void aDatagramSocket(String mode) throws Exception {
    try (Giver.Running child = start(Talk.Datagrams.class, "udp:0" + mode);
        DatagramChannel client = DatagramChannel.open()) {
      client.connect(new InetSocketAddress(LOOPBACK, Integer.parseInt(child.line())));
      assertEquals("false true", child.line());
      for (int i = 1; i <= 2; i++) {
        Thread.sleep(50);
        client.write(bytes("hello"));
        assertEquals(i + " hello", read(client));
      }
      assertEquals(List.of("nothing more true"), child.lines());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "+nonblock"})
  void aDatagramSocketThatIsConnected(String mode) throws Exception {
    try (DatagramChannel client = DatagramChannel.open()) {
      client.bind(new InetSocketAddress(LOOPBACK, 0));
      int port = ((InetSocketAddress) client.getLocalAddress()).getPort();
      try (Giver.Running child = start(Talk.Datagrams.class, "udp:" + port + mode)) {
        String theirs = child.line();
        assertEquals("true true", child.line());
        assertEquals("/127.0.0.1:" + port, child.line());
        ByteBuffer first = ByteBuffer.allocate(100);
        SocketAddress sender = client.receive(first);
        assertEquals("/127.0.0.1:" + theirs, "" + sender);
        client.connect(sender);
        for (int i = 1; i <= 2; i++) {
          client.write(bytes("hello"));
          assertEquals(i + " hello", read(client));
        }
        assertEquals(List.of("false null", theirs), child.lines());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "+nonblock"})
  void theReadingEndOfAPipe(String mode) throws Exception {
    Path fifo = fifo();
    try (Giver.Running child = start(Talk.Source.class, "open:O_RDWR:" + fifo + mode)) {
      // open for writing here too; the child has both ends of it, so its end is not seen
      try (FileChannel writer = FileChannel.open(fifo, StandardOpenOption.WRITE)) {
        for (int i = 1; i <= 3; i++) {
          Thread.sleep(50);
          writer.write(bytes("" + i));
          assertEquals("" + i, child.line());
        }
        writer.write(bytes("4"));
        assertEquals(List.of("end 4"), child.lines());
      }
    }
  }

  @Test
  void aPipeThatEnds() throws Exception {
    List<String> given = List.of("3:pipe:text", "NOINHERIT_HANDLES=x=3");
    assertEquals(List.of("text", "", "", "end "), Giver.run(given, ChildJvm.of(Talk.Source.class)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "+nonblock"})
  void theWritingEndOfAPipe(String mode) throws Exception {
    Path fifo = fifo();
    try (Giver.Running child = start(Talk.Sink.class, "open:O_WRONLY:" + fifo + mode);
        FileChannel reader = FileChannel.open(fifo, StandardOpenOption.READ)) {
      assertEquals(List.of(), child.lines());
      assertEquals("123", read(reader));
      assertEquals("", read(reader));
    }
  }

  @Test
  void filesAreReadWrittenAndAppendedToAsTheyAreOpen() throws Exception {
    Path file = folder.resolve("f");
    Files.writeString(file, "old");
    List<String> readOnly = file("O_RDONLY", file);
    assertEquals(List.of("position 0, read old", "not for writing"), readOnly);
    List<String> writeOnly = file("O_WRONLY", file);
    assertEquals(List.of("not for reading", "position 3", "lock true"), writeOnly);
    assertEquals("new", Files.readString(file));
    assertEquals(List.of("position 0, read new", "position 6", "lock true"), file("O_RDWR", file));
    assertEquals("newnew", Files.readString(file));
    assertEquals(
        List.of("not for reading", "position 9", "lock true"), file("O_WRONLY|O_APPEND", file));
    assertEquals("newnewnew", Files.readString(file));
    assertEquals(
        List.of("not for reading", "position 3", "lock true"),
        file("O_WRONLY|O_SYNC|O_NONBLOCK", file));
  }

  @Test
  void aDeviceIsAFile() throws Exception {
    assertTrue(file("O_RDWR", Path.of("/dev/null")).getFirst().endsWith("read "));
  }

  private static List<String> file(String flags, Path path)
      throws IOException, InterruptedException {
    try (Giver.Running child = start(Talk.File.class, "open:" + flags + ":" + path)) {
      return child.lines();
    }
  }

  private Path fifo() throws IOException, InterruptedException {
    Path fifo = folder.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", "" + fifo).start().waitFor());
    return fifo;
  }
}
