// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static io.github.noinherit.spawn.SpawnedLeaf.here;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.noinherit.Handle;
import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.LeafReport;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Standard streams by any handle. */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class StreamFromHandleTest {
  @TempDir Path folder;

  @Test
  void filesShareTheirOffsetWithTheChild() throws Exception {
    Path in = Files.writeString(folder.resolve("in"), "0123456789");
    Path out = folder.resolve("out");
    try (FileChannel from = FileChannel.open(in, READ);
        FileChannel to = FileChannel.open(out, CREATE, WRITE)) {
      from.position(4);
      to.write(ByteBuffer.wrap("before:".getBytes(UTF_8)));
      Spawn spawn = Spawn.command("head", "-c", "3").stdin(from).stdout(to);
      assertEquals(0, spawn.start().waitFor());
      assertEquals(10, to.position());
      to.write(ByteBuffer.wrap(":after".getBytes(UTF_8)));
    }
    assertEquals("before:456:after", Files.readString(out));
  }

  @Test
  void streamsMayBeHoldersDescriptorsOrHandles() throws Exception {
    Path in = Files.createFile(folder.resolve("in"));
    try (FileInputStream reads = new FileInputStream(in.toFile());
        FileOutputStream writes = new FileOutputStream(folder.resolve("out").toFile())) {
      SpawnedLeaf leaf = SpawnedLeaf.in(folder);
      leaf.spawn().stdin(reads).stdout(writes.getFD()).stderr(Handle.of(writes));
      LeafReport report = leaf.run();
      SpawnedLeaf.assertSame(
          Map.of(0, here(reads), 1, here(writes), 2, here(writes)), report.table().descriptors());
      leaf.spawn().stdin(reads.getFD()).stdout(Handle.of(writes)).stderr(writes);
      SpawnedLeaf.assertSame(
          Map.of(0, here(reads), 1, here(writes), 2, here(writes)),
          leaf.run().table().descriptors());
      leaf.spawn().stdin(Handle.of(reads)).stdout(writes).stderr(writes.getFD());
      SpawnedLeaf.assertSame(
          Map.of(0, here(reads), 1, here(writes), 2, here(writes)),
          leaf.run().table().descriptors());
    }
  }

  @Test
  void aConnectionMayBeAllThree() throws Exception {
    try (ServerSocketChannel listener =
            ServerSocketChannel.open()
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        SocketChannel client = SocketChannel.open(listener.getLocalAddress())) {
      Process process;
      try (SocketChannel server = listener.accept()) {
        Spawn spawn = Spawn.command("sh", "-c", "read line; echo got $line; echo err >&2");
        process = spawn.stdin(server).stdout(server).stderr(server).start();
      }
      client.write(ByteBuffer.wrap("this\n".getBytes(UTF_8)));
      String answer = new String(Channels.newInputStream(client).readAllBytes(), UTF_8);
      assertEquals("got this\nerr\n", answer);
      assertEquals(0, process.waitFor());
    }
  }

  @Test
  void aPipesEndsMayJoinTwoChildren() throws Exception {
    Pipe pipe = Pipe.open();
    Process first;
    Process second;
    try (var source = pipe.source();
        var sink = pipe.sink()) {
      first = Spawn.command("echo", "through the pipe").stdout(sink).start();
      second = Spawn.command("tr", "a-z", "A-Z").stdin(source).start();
    }
    String said = new String(second.getInputStream().readAllBytes(), UTF_8);
    assertEquals("THROUGH THE PIPE\n", said);
    assertEquals(0, first.waitFor());
    assertEquals(0, second.waitFor());
  }

  @Test
  void oneChildsOutputMayBeAnothersInput() throws Exception {
    // the writer ends long before the reader begins to read: nothing may be taken from the pipe
    Process writer = Spawn.command("sh", "-c", "sleep 0.3; seq 1 1000").start();
    Process reader =
        Spawn.command("sh", "-c", "sleep 1; wc -l").stdin(writer.getInputStream()).start();
    assertEquals(0, writer.waitFor());
    assertEquals("1000", new String(reader.getInputStream().readAllBytes(), UTF_8).strip());
    assertEquals(0, reader.waitFor());
    writer.getInputStream().close(); // what was handed on is not closed at the writer's end
  }

  @Test
  void aHandlePassedAsOneIsStandardErrorTooWithMerging() throws Exception {
    try (FileChannel out = FileChannel.open(folder.resolve("out"), CREATE, WRITE)) {
      SpawnedLeaf leaf = SpawnedLeaf.in(folder, "--ofd", "1", "2");
      leaf.spawn().passAs(1, out).passAs(5, out);
      LeafReport report = leaf.merged().run();
      assertEquals("same", report.sameDescription().get("1 2"));
      assertEquals(here(out).inode(), report.table().get(2).orElseThrow().inode());
      assertEquals(4, report.table().descriptors().size());
    }
  }

  @Test
  void aHandlePassedAsTwoIsStrongerThanMerging() throws Exception {
    try (FileChannel err = FileChannel.open(folder.resolve("err"), CREATE, WRITE)) {
      SpawnedLeaf leaf = SpawnedLeaf.in(folder, "--ofd", "1", "2");
      leaf.spawn().passAs(2, err);
      LeafReport report = leaf.merged().run();
      assertEquals("different", report.sameDescription().get("1 2"));
      assertEquals(here(err).inode(), report.table().get(2).orElseThrow().inode());
    }
  }

  @Test
  void aStreamFromAHandleMergesToo() throws Exception {
    try (FileChannel out = FileChannel.open(folder.resolve("out"), CREATE, WRITE)) {
      SpawnedLeaf leaf = SpawnedLeaf.in(folder, "--ofd", "1", "2");
      leaf.spawn().stdout(out);
      assertEquals("same", leaf.merged().run().sameDescription().get("1 2"));
    }
  }

  @Test
  void theStreamsOfOneSpawnMayCross() throws Exception {
    // what is 0 here is the child's 1, and so on
    SpawnedLeaf leaf = SpawnedLeaf.in(folder);
    leaf.spawn().stdin(Handle.ofNumber(2)).stdout(Handle.ofNumber(0)).stderr(Handle.ofNumber(1));
    SpawnedLeaf.assertSame(
        Map.of(0, here(2), 1, here(0), 2, here(1)), leaf.run().table().descriptors());
  }

  @Test
  void aClosedOneIsRefusedAtOnce() throws IOException {
    FileChannel closed = FileChannel.open(folder.resolve("f"), CREATE, WRITE);
    closed.close();
    Spawn spawn = Spawn.command("true");
    assertThrows(IOException.class, () -> spawn.stdin(closed));
    assertThrows(IOException.class, () -> spawn.stdout(closed));
    assertThrows(IOException.class, () -> spawn.stderr(closed));
  }
}
