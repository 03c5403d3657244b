// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static io.github.noinherit.spawn.SpawnedLeaf.assertExactly;
import static io.github.noinherit.spawn.SpawnedLeaf.here;
import static java.nio.file.StandardOpenOption.READ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.LeafReport;
import io.github.noinherit.testkit.RawFlags;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.ServerSocket;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Handles arrive under the numbers that were asked for, whatever the numbers are here. */
@Tag("every-way")
@Tag("every-jdk")
@Tag("aarch64")
@Counted(warmUp = WarmUp.class)
class PassByNumberTest {
  @TempDir Path folder;
  private final List<FileChannel> open = new ArrayList<>();

  private FileChannel file(String name) throws IOException {
    Path path = folder.resolve(name);
    if (!Files.exists(path)) {
      Files.createFile(path);
    }
    FileChannel channel = FileChannel.open(path, READ);
    open.add(channel);
    return channel;
  }

  @AfterEach
  void close() throws IOException {
    for (FileChannel channel : open) {
      channel.close();
    }
  }

  private static int number(FileChannel channel) throws IOException {
    return (int) Handle.of(channel).number();
  }

  @Test
  void aChildGetsNothingThatWasNotNamed() throws Exception {
    file("a");
    file("b");
    assertExactly(Map.of(), SpawnedLeaf.in(folder).run());
  }

  @Test
  void evenWhatIsInheritableHereIsNotInherited() throws Exception {
    FileChannel a = file("a");
    RawFlags.setCloseOnExec(number(a), false);
    assertExactly(Map.of(), SpawnedLeaf.in(folder).run());
  }

  @Test
  void everyKindOfHolderIsHandedOn() throws Exception {
    Path path = Files.createFile(folder.resolve("x"));
    try (FileInputStream in = new FileInputStream(path.toFile());
        FileOutputStream out = new FileOutputStream(path.toFile());
        RandomAccessFile random = new RandomAccessFile(path.toFile(), "rw");
        ServerSocket socket = new ServerSocket(0);
        ServerSocketChannel listener = ServerSocketChannel.open().bind(null);
        DatagramChannel datagram = DatagramChannel.open()) {
      Pipe pipe = Pipe.open();
      try (var source = pipe.source();
          var sink = pipe.sink()) {
        SpawnedLeaf leaf = SpawnedLeaf.in(folder);
        leaf.spawn().passAs(3, in).passAs(4, out).passAs(5, random).passAs(6, socket);
        leaf.spawn().passAs(7, listener).passAs(8, datagram).passAs(9, source).passAs(10, sink);
        leaf.spawn().passAs(11, in.getFD()).passAs(12, Handle.of(out));
        Map<Integer, Descriptor> wanted = new HashMap<>();
        wanted.put(3, here(in));
        wanted.put(4, here(out));
        wanted.put(5, here(random));
        wanted.put(6, here(socket));
        wanted.put(7, here(listener));
        wanted.put(8, here(datagram));
        wanted.put(9, here(source));
        wanted.put(10, here(sink));
        wanted.put(11, here(in));
        wanted.put(12, here(out));
        assertExactly(wanted, leaf.run());
      }
    }
  }

  @Test
  void aHandleKeepsItsFlagsAndStaysOpenHere() throws Exception {
    FileChannel closed = file("a");
    FileChannel inheritable = file("b");
    RawFlags.setCloseOnExec(number(closed), true);
    RawFlags.setCloseOnExec(number(inheritable), false);
    SpawnedLeaf leaf = SpawnedLeaf.in(folder);
    leaf.spawn().passAs(3, closed).passAs(4, inheritable);
    assertExactly(Map.of(3, here(closed), 4, here(inheritable)), leaf.run());
    assertTrue(RawFlags.isCloseOnExec(number(closed)));
    assertTrue(!RawFlags.isCloseOnExec(number(inheritable)));
  }

  @Test
  void theHighestNumberIsOneBelowTheLimit() throws Exception {
    FileChannel a = file("a");
    long limit = SpawnedLeaf.in(folder).run().softDescriptorLimit().orElseThrow();
    SpawnedLeaf leaf = SpawnedLeaf.in(folder);
    leaf.spawn().passAs((int) limit - 1, a).passAs((int) limit - 3, a);
    assertExactly(Map.of((int) limit - 1, here(a), (int) limit - 3, here(a)), leaf.run());
  }

  @Test
  void zeroToTwoReplaceTheStandardStreams() throws Exception {
    FileChannel a = file("a");
    FileChannel b = file("b");
    FileChannel c = file("c");
    SpawnedLeaf leaf = SpawnedLeaf.in(folder);
    leaf.spawn().passAs(0, a).passAs(1, b).passAs(2, c).inheritIO();
    LeafReport report = leaf.run();
    SpawnedLeaf.assertSame(
        Map.of(0, here(a), 1, here(b), 2, here(c)), report.table().descriptors());
  }

  @Test
  void whatIsReplacedHasNoPipe() throws Exception {
    FileChannel a = file("a");
    SpawnedLeaf leaf = SpawnedLeaf.in(folder);
    leaf.spawn().passAs(1, a);
    Process process = leaf.spawn().start();
    assertEquals(-1, process.getInputStream().read());
    assertEquals(0, process.waitFor());
  }

  @Test
  void targetsMayBeTheSourcesOwnNumbers() throws Exception {
    FileChannel a = file("a");
    FileChannel b = file("b");
    SpawnedLeaf leaf = SpawnedLeaf.in(folder);
    leaf.spawn().passAs(number(a), a).passAs(number(b), b);
    assertExactly(Map.of(number(a), here(a), number(b), here(b)), leaf.run());
  }

  @Test
  void twoHandlesMaySwapTheirNumbers() throws Exception {
    FileChannel a = file("a");
    FileChannel b = file("b");
    SpawnedLeaf leaf = SpawnedLeaf.in(folder);
    leaf.spawn().passAs(number(a), b).passAs(number(b), a);
    assertExactly(Map.of(number(a), here(b), number(b), here(a)), leaf.run());
  }

  @Test
  void aChainOfNumbersMovesOnByOneInEitherDirection() throws Exception {
    for (int step : new int[] {1, -1}) {
      List<FileChannel> files = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        files.add(file("f" + i));
      }
      SpawnedLeaf leaf = SpawnedLeaf.in(folder);
      Map<Integer, Descriptor> wanted = new HashMap<>();
      for (FileChannel f : files) {
        leaf.spawn().passAs(number(f) + step, f);
        wanted.put(number(f) + step, here(f));
      }
      assertExactly(wanted, leaf.run());
    }
  }

  @Test
  void aRingOfLowNumbersTurns() throws Exception {
    // 3 to 9 are wanted in the child; what arrives there first is to be elsewhere
    List<FileChannel> files = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      files.add(file("f" + i));
    }
    for (int turn = 0; turn < 7; turn++) {
      SpawnedLeaf leaf = SpawnedLeaf.in(folder);
      Map<Integer, Descriptor> wanted = new HashMap<>();
      for (int i = 0; i < 7; i++) {
        leaf.spawn().passAs(3 + (i + turn) % 7, files.get(i));
        wanted.put(3 + (i + turn) % 7, here(files.get(i)));
      }
      assertExactly(wanted, leaf.run());
    }
  }

  @Test
  void aHandleUnderTwoNumbersIsOneFileDescription() throws Exception {
    FileChannel a = file("a");
    FileChannel sameFile = file("a");
    SpawnedLeaf leaf = SpawnedLeaf.in(folder, "--ofd", "5", "50", "--ofd", "5", "6");
    leaf.spawn().passAs(5, a).passAs(50, a).passAs(6, sameFile);
    LeafReport report = leaf.run();
    assertExactly(Map.of(5, here(a), 50, here(a), 6, here(sameFile)), report);
    assertEquals("same", report.sameDescription().get("5 50"));
    assertEquals("different", report.sameDescription().get("5 6"));
  }

  @Test
  void aSpawnMayBeStartedAgain() throws Exception {
    FileChannel a = file("a");
    SpawnedLeaf leaf = SpawnedLeaf.in(folder);
    leaf.spawn().passAs(5, a).pass("name", a);
    assertExactly(Map.of(5, here(a), 3, here(a)), leaf.run());
    assertExactly(Map.of(5, here(a), 3, here(a)), leaf.run());
  }

  @Test
  void namesTakeTheFreeNumbersFromThreeInTheirOrder() throws Exception {
    FileChannel a = file("a");
    FileChannel b = file("b");
    FileChannel c = file("c");
    SpawnedLeaf leaf = SpawnedLeaf.in(folder);
    leaf.spawn().pass("one", a).pass("2.two_-", b).passAs(4, c).passAs(3, c).pass("three", c);
    LeafReport report = leaf.run();
    Map<Integer, Descriptor> wanted = new HashMap<>();
    wanted.put(3, here(c));
    wanted.put(4, here(c));
    wanted.put(5, here(a));
    wanted.put(6, here(b));
    wanted.put(7, here(c));
    assertExactly(wanted, report);
    assertEquals("one=5,2.two_-=6,three=7", report.environment().get(Spawn.HANDLES_VARIABLE));
  }

  @Test
  void withoutNamesTheVariableIsAbsentWhateverItWas() throws Exception {
    SpawnedLeaf leaf = SpawnedLeaf.in(folder);
    leaf.spawn().environment(Spawn.HANDLES_VARIABLE, "left=3").passAs(3, file("a"));
    assertNull(leaf.run().environment().get(Spawn.HANDLES_VARIABLE));
  }
}
