// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.adopt;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.READ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.Inherited;
import io.github.noinherit.NoInherit;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.LeafReport;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From Spawn.pass in one JVM to Inherited in another; and what does not go further. */
@Tag("every-jdk")
@Tag("every-way")
@Counted(warmUp = PassedHandlesTest.WarmUp.class)
class PassedHandlesTest {
  /** What stays for good is there before the count. */
  static final class WarmUp implements Runnable {
    @Override
    public void run() {
      Leaf.program();
      try {
        Spawn.command("true").start().onExit().join();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @TempDir Path folder;

  /** Uses what it was passed: answers a client, copies a file to a pipe, and says what it has. */
  static final class Child {
    public static void main(String[] arguments) throws Exception {
      System.out.println(Inherited.all());
      try (ServerSocketChannel listener = Inherited.serverSocket("http").orElseThrow();
          FileChannel file = Inherited.file("file").orElseThrow();
          Pipe.SinkChannel out = Inherited.sink("out").orElseThrow();
          Pipe.SourceChannel in = Inherited.source("in").orElseThrow()) {
        ByteBuffer text = ByteBuffer.allocate(100);
        file.read(text);
        in.read(text);
        out.write(text.flip());
        try (SocketChannel client = listener.accept()) {
          client.write(ByteBuffer.wrap("served".getBytes(US_ASCII)));
        }
        System.out.println("position " + file.position());
      }
    }
  }

  private static SpawnedProcess start(Spawn spawn) throws IOException {
    return spawn.stderr(Redirect.INHERIT).start();
  }

  private static String end(SpawnedProcess child) throws IOException, InterruptedException {
    String said = new String(child.getInputStream().readAllBytes(), UTF_8);
    assertTrue(child.waitFor(30, TimeUnit.SECONDS));
    assertEquals(0, child.exitValue());
    return said;
  }

  @Test
  void aListenerAFileAndPipes() throws Exception {
    Path path = folder.resolve("f");
    Files.writeString(path, "one two");
    Pipe toChild = NoInherit.openPipe();
    Pipe fromChild = NoInherit.openPipe();
    try (ServerSocketChannel listener = ServerSocketChannel.open();
        FileChannel file = FileChannel.open(path, READ);
        var in = toChild.source();
        var writer = toChild.sink();
        var reader = fromChild.source();
        var out = fromChild.sink()) {
      listener.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
      file.position(4);
      Spawn spawn = Spawn.command(ChildJvm.of(Child.class).command());
      spawn.pass("http", listener).pass("file", file).pass("in", in).pass("out", out);
      try (SpawnedProcess child = start(spawn)) {
        writer.write(ByteBuffer.wrap(" three".getBytes(US_ASCII)));
        ByteBuffer text = ByteBuffer.allocate(100);
        reader.read(text);
        assertEquals("two three", US_ASCII.decode(text.flip()).toString());
        try (SocketChannel client = SocketChannel.open(listener.getLocalAddress())) {
          assertEquals(
              "served", new String(Channels.newInputStream(client).readAllBytes(), US_ASCII));
        }
        String said = end(child);
        assertTrue(said.contains("name=http, number=3, kind=SERVER_SOCKET, isNonBlocking=false"));
        assertTrue(said.contains("name=file, number=4, kind=FILE"), said);
        assertTrue(said.contains("name=in, number=5, kind=SOURCE"), said);
        assertTrue(said.contains("name=out, number=6, kind=SINK"), said);
        assertTrue(said.endsWith("position 7\n"), said);
        assertEquals(7, file.position(), "one offset for both");
      }
    }
  }

  /**
   * A listener that a selector of ours made non-blocking stays so for the child too, is told by
   * all(), and the child's blocking accept waits nevertheless.
   */
  @Test
  void aListenerThatASelectorHasIsNonBlockingForBoth() throws Exception {
    try (ServerSocketChannel listener = ServerSocketChannel.open();
        Selector selector = Selector.open()) {
      listener.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
      listener.configureBlocking(false);
      Spawn spawn = Spawn.command(ChildJvm.of(Listen.class).arguments("http").command());
      try (SpawnedProcess child = start(spawn.pass("http", listener));
          var out = child.inputReader(UTF_8)) {
        assertEquals("" + listener.socket().getLocalPort(), out.readLine());
        SocketChannel first = SocketChannel.open(listener.getLocalAddress());
        Listen.check(out::readLine, listener.getLocalAddress(), first, true);
        assertTrue(child.waitFor(30, TimeUnit.SECONDS));
        assertEquals(0, child.exitValue());
      }
      // still a selector's, here
      listener.register(selector, SelectionKey.OP_ACCEPT);
      assertEquals(0, selector.selectNow());
      assertNull(listener.accept());
    }
  }

  /** The child has a selector and a virtual thread on it; our blocking accept waits as before. */
  @Test
  void aChildThatMakesAListenerNonBlockingDoesNotHurtOurs() throws Exception {
    try (ServerSocketChannel listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
      Spawn spawn = Spawn.command(ChildJvm.of(Listen.class).arguments("http").command());
      try (SpawnedProcess child = start(spawn.pass("http", listener));
          var out = child.inputReader(UTF_8)) {
        out.readLine();
        SocketChannel first = SocketChannel.open(listener.getLocalAddress());
        Listen.check(out::readLine, listener.getLocalAddress(), first, false);
        assertEquals(0, child.waitFor());
      }
      // what the child's virtual thread left behind: the kernel says that nothing waits here
      assertTrue((kernelsFlags(listener) & 04000) != 0);
      SocketChannel[] client = new SocketChannel[1];
      Thread late =
          Thread.startVirtualThread(
              () -> {
                try {
                  Thread.sleep(200);
                  client[0] = SocketChannel.open(listener.getLocalAddress());
                } catch (IOException | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      try (SocketChannel accepted = listener.accept()) {
        assertTrue(accepted.isConnected());
      }
      late.join();
      client[0].close();
    }
  }

  private static int kernelsFlags(ServerSocketChannel listener) throws IOException {
    int number = (int) Handle.of(listener).number();
    return DescriptorTable.ofThisProcess().get(number).orElseThrow().flags();
  }

  /** REPORT-FOLDER: adopts, then starts leaves that report their environment. */
  static final class Restarter {
    public static void main(String[] arguments) throws Exception {
      Path reports = Path.of(arguments[0]);
      System.err.println(Inherited.serverSocket("http").orElseThrow());
      Spawn.command(Leaf.command(reports.resolve("spawn"))).start().waitFor();
      Spawn.from(new ProcessBuilder(Leaf.command(reports.resolve("from")))).start().waitFor();
      new ProcessBuilder(Leaf.command(reports.resolve("builder"))).start().waitFor();
      ProcessBuilder cleaned = new ProcessBuilder(Leaf.command(reports.resolve("cleaned")));
      cleaned.environment().keySet().removeAll(Inherited.VARIABLES);
      cleaned.start().waitFor();
    }
  }

  @Test
  @Needs(Need.PYTHON3)
  void theVariablesDoNotGoOnToChildren() throws Exception {
    List<String> given =
        List.of(
            "3:listen:127.0.0.1",
            "4:pipe:x",
            "LISTEN_PID={pid}",
            "LISTEN_FDS=1",
            "LISTEN_FDNAMES=http",
            "LISTEN_PIDFDID=17",
            "NOINHERIT_HANDLES=p=4");
    Leaf.program();
    ChildJvm jvm = ChildJvm.of(Restarter.class).arguments("" + folder);
    assertEquals(List.of(), Giver.run(given, jvm));
    for (String how : List.of("spawn", "from", "cleaned", "builder")) {
      LeafReport report = LeafReport.read(folder.resolve(how));
      Map<String, String> left = new TreeMap<>(report.environment());
      left.keySet().retainAll(Inherited.VARIABLES);
      assertEquals(Map.of(), report.extraDescriptors(), how);
      // ProcessBuilder's is a copy of ours; who does not take them out hands them on
      assertEquals(how.equals("builder") ? 5 : 0, left.size(), how + ": " + left);
    }
  }
}
