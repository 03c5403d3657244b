// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.give;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.HandleClosedException;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.LeafReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a child is given by systemd's protocol. Witnesses: a leaf, which reads its environment and
 * its table from the kernel, and shells.
 */
@Tag("every-way")
@Tag("every-jdk")
@Tag("aarch64")
@Counted(warmUp = ActivateTest.WarmUp.class)
class ActivateTest {
  /** Starts one child, so that what stays for good is there. */
  static final class WarmUp implements Runnable {
    @Override
    public void run() {
      Leaf.program();
      try {
        Process child = Spawn.command("true").start();
        child.onExit().join();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @TempDir Path folder;
  private final List<ServerSocketChannel> open = new ArrayList<>();

  private ServerSocketChannel listener() throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    open.add(channel);
    return channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @AfterEach
  void close() throws IOException {
    for (ServerSocketChannel channel : open) {
      channel.close();
    }
  }

  /** What a leaf reports, and the pid under which it ran. */
  private record Told(long pid, LeafReport report) {
    String variable(String name) {
      return report.environment().get(name);
    }
  }

  private Spawn leaf() {
    return Spawn.command(Leaf.command(folder.resolve("report").toAbsolutePath()));
  }

  private Told run(Spawn spawn) throws Exception {
    Files.deleteIfExists(folder.resolve("report"));
    try (SpawnedProcess process = spawn.start()) {
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the leaf did not end");
      assertEquals(0, process.exitValue(), "exit status of the leaf");
      return new Told(process.pid(), LeafReport.read(folder.resolve("report")));
    }
  }

  private static String says(Spawn spawn) throws Exception {
    try (SpawnedProcess process = spawn.redirectErrorStream(true).start()) {
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, process.waitFor(), said);
      return said.strip();
    }
  }

  private static Map<Integer, Long> sockets(LeafReport report) {
    Map<Integer, Long> inodes = new TreeMap<>();
    report.extraDescriptors().forEach((n, d) -> inodes.put(n, d.inode()));
    return inodes;
  }

  private static long inode(ServerSocketChannel channel) throws IOException {
    return DescriptorTable.ofThisProcess()
        .get((int) Handle.of(channel).number())
        .orElseThrow()
        .inode();
  }

  @Test
  void handlesHaveTheNumbersFromThreeAndTheVariablesSayWhichAndForWhom() throws Exception {
    ServerSocketChannel a = listener();
    ServerSocketChannel b = listener();
    Told told = run(leaf().activate("http", a).activate("admin port", b));
    assertEquals("2", told.variable("LISTEN_FDS"));
    assertEquals("http:admin port", told.variable("LISTEN_FDNAMES"));
    assertEquals(Long.toString(told.pid()), told.variable("LISTEN_PID"));
    assertEquals(Map.of(3, inode(a), 4, inode(b)), sockets(told.report()));
  }

  @Test
  void eachStartHasItsOwnPid() throws Exception {
    Spawn spawn = leaf().activate("http", listener());
    for (int i = 0; i < 5; i++) {
      Told told = run(spawn);
      assertEquals(Long.toString(told.pid()), told.variable("LISTEN_PID"));
    }
  }

  private static Spawn script(String text) {
    return Spawn.command("sh", "-c", text);
  }

  @Test
  void aScriptThatExecsTheServerHasTheRightPid() throws Exception {
    Path file = Files.writeString(folder.resolve("start"), "exec sh -c 'echo $$ $LISTEN_PID'\n");
    assertTrue(file.toFile().setExecutable(true));
    String said = says(Spawn.command(file.toString()).activate("http", listener()));
    assertEquals(said.split(" ", -1)[0], said.split(" ", -1)[1]);
  }

  @Test
  void argumentsAndDirectoryArriveAsTheyAre() throws Exception {
    String said =
        says(
            Spawn.command("sh", "-c", "printf '<%s>' \"$@\"; pwd", "x", "", "a b", "$HOME", "-n")
                .directory(folder)
                .activate("http", listener()));
    assertEquals("<><a b><$HOME><-n>" + folder.toRealPath(), said);
  }

  @Test
  void whatIsPassedByNameTakesTheNumbersAfter() throws Exception {
    ServerSocketChannel a = listener();
    ServerSocketChannel b = listener();
    ServerSocketChannel c = listener();
    Told told = run(leaf().pass("two", b).activate("one", a).passAs(9, c));
    assertEquals(Map.of(3, inode(a), 4, inode(b), 9, inode(c)), sockets(told.report()));
    assertEquals("1", told.variable("LISTEN_FDS"));
    assertEquals("two=4", told.variable(Spawn.HANDLES_VARIABLE));
  }

  @Test
  void aNumberThatIsNeededIsRefusedBeforeAnythingIsStarted() throws Exception {
    ServerSocketChannel a = listener();
    Path trace = folder.resolve("trace");
    Spawn spawn = Spawn.command("touch", trace.toString()).activate("one", a).passAs(3, a);
    IllegalStateException e = assertThrows(IllegalStateException.class, spawn::start);
    assertTrue(e.getMessage().contains("passAs(3, …)"), e::getMessage);
    assertFalse(Files.exists(trace));
  }

  @Test
  void namesThatTheProtocolCannotCarryAreRefused() throws Exception {
    ServerSocketChannel a = listener();
    for (String name : new String[] {"", "a:b", "a\nb", "\u00e9", "\u007f", "x".repeat(256)}) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> Spawn.command("true").activate(name, a),
              () -> "\"" + name + "\"");
      assertTrue(e.getMessage().contains("is no name"), e::getMessage);
    }
    Told told = run(leaf().activate("x".repeat(255), a).activate(" =,;\"~", a));
    assertEquals("x".repeat(255) + ": =,;\"~", told.variable("LISTEN_FDNAMES"));
  }

  @Test
  void aNameCannotBeUsedTwice() throws Exception {
    ServerSocketChannel a = listener();
    Spawn activated = Spawn.command("true").activate("http", a);
    assertThrows(IllegalArgumentException.class, () -> activated.activate("http", a));
    assertThrows(IllegalArgumentException.class, () -> activated.pass("http", a));
    Spawn passed = Spawn.command("true").pass("http", a);
    assertThrows(IllegalArgumentException.class, () -> passed.activate("http", a));
  }

  @Test
  void aClosedHandleIsRefused() throws Exception {
    ServerSocketChannel a = listener();
    Spawn spawn = Spawn.command("true").activate("http", a);
    a.close();
    assertThrows(HandleClosedException.class, spawn::start);
    assertThrows(HandleClosedException.class, () -> Spawn.command("true").activate("x", a));
  }

  @Test
  void variablesOfTheProgramsOwnGiveWayAndWithoutActivationNothingIsSaid() throws Exception {
    Told told =
        run(
            leaf()
                .environment("LISTEN_PID", "1")
                .environment("LISTEN_FDS", "17")
                .environment("LISTEN_PIDFDID", "1")
                .activate("http", listener()));
    assertEquals(Long.toString(told.pid()), told.variable("LISTEN_PID"));
    assertEquals("1", told.variable("LISTEN_FDS"));
    assertNull(told.variable("LISTEN_PIDFDID"));
    Told plain = run(leaf());
    assertTrue(
        plain.report().environment().keySet().stream().noneMatch(n -> n.startsWith("LISTEN_")),
        () -> plain.report().environment().toString());
  }

  @Test
  void aVariableWithAStrangeNameIsKeptOrRefused() throws Exception {
    Spawn spawn = leaf().environment("a.b", "c").activate("http", listener());
    if ("posix_spawn".equals(System.getProperty("noinherit.spawn"))) {
      UnsupportedOperationException e =
          assertThrows(UnsupportedOperationException.class, spawn::start);
      assertTrue(e.getMessage().contains("a.b"), e::getMessage);
    } else {
      assertEquals("c", run(spawn).variable("a.b"));
    }
  }

  @Test
  void theBlockingModeIsAskedOfTheKernelAndTold() throws Exception {
    ServerSocketChannel plain = listener();
    ServerSocketChannel selected = listener();
    selected.configureBlocking(false);
    ServerSocketChannel virtual = listener();
    Thread.ofVirtual()
        .start(
            () -> {
              try (Socket client = new Socket()) {
                client.connect(virtual.getLocalAddress());
                virtual.accept().close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .join();
    assertTrue(virtual.isBlocking());
    Spawn spawn = Spawn.command("true");
    spawn.activate("a", plain).activate("b", selected).activate("c", virtual);
    spawn.pass("d", virtual).passAs(20, selected).pass("e", plain);
    try (SpawnedProcess process = spawn.start()) {
      assertEquals(List.of("b", "c", "d", "20"), process.nonBlocking());
      process.waitFor();
    }
    Handle.of(virtual).setNonBlocking(false);
    assertFalse(Handle.of(virtual).isNonBlocking());
    try (SpawnedProcess process = spawn.start()) {
      assertEquals(List.of("b", "20"), process.nonBlocking());
      process.waitFor();
    }
  }

  @Test
  void manyThreadsGetTheirChildrensOwnPids() throws Exception {
    ServerSocketChannel a = listener();
    Callable<String> start =
        () -> {
          StringBuilder wrong = new StringBuilder();
          for (int i = 0; i < 25; i++) {
            String said = says(script("echo $$ $LISTEN_PID $LISTEN_FDS").activate("http", a));
            String[] words = said.split(" ", -1);
            if (!words[0].equals(words[1]) || !words[2].equals("1")) {
              wrong.append(said).append('\n');
            }
          }
          return wrong.toString();
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (Future<String> f : threads.invokeAll(List.of(start, start, start, start))) {
        assertEquals("", f.get());
      }
    }
  }
}
