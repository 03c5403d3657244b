// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static io.github.noinherit.spawn.SpawnedLeaf.assertExactly;
import static io.github.noinherit.spawn.SpawnedLeaf.here;
import static java.nio.file.StandardOpenOption.READ;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.noinherit.Handle;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.LeafReport;
import io.github.noinherit.testkit.RawFlags;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More handles than fit one message (253), and a parent with very many open. */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class ManyHandlesTest {
  @TempDir Path folder;
  private final List<FileChannel> open = new ArrayList<>();

  private FileChannel file(int i) throws IOException {
    Path path = folder.resolve("f" + i);
    FileChannel channel = FileChannel.open(Files.createFile(path), READ);
    open.add(channel);
    return channel;
  }

  @AfterEach
  void close() throws IOException {
    for (FileChannel channel : open) {
      channel.close();
    }
  }

  private void passAll(List<Integer> numbers) throws Exception {
    SpawnedLeaf leaf = SpawnedLeaf.in(folder);
    for (int i = 0; i < numbers.size(); i++) {
      leaf.spawn().passAs(numbers.get(i), file(i));
    }
    DescriptorTable table = DescriptorTable.ofThisProcess();
    Map<Integer, Descriptor> wanted = new HashMap<>();
    for (int i = 0; i < numbers.size(); i++) {
      wanted.put(numbers.get(i), table.get((int) Handle.of(open.get(i)).number()).orElseThrow());
    }
    assertExactly(wanted, leaf.run());
  }

  @Test
  void threeHundredHandlesInARow() throws Exception {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      numbers.add(3 + i);
    }
    passAll(numbers);
  }

  @Test
  void threeHundredHandlesInAnyOrderWithHoles() throws Exception {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 3; i < 1200; i++) {
      numbers.add(i);
    }
    Collections.shuffle(numbers, new Random(20070630));
    passAll(numbers.subList(0, 300));
  }

  @Test
  void exactlyOneTwoAndThreeFullMessages() throws Exception {
    for (int count : new int[] {252, 253, 254, 506, 507, 759}) {
      close();
      open.clear();
      for (int i = 0; i < count; i++) {
        Files.deleteIfExists(folder.resolve("f" + i));
      }
      List<Integer> numbers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        numbers.add(3 + (i + 100) % count);
      }
      passAll(numbers);
    }
  }

  @Test
  void oneHandleUnderFiveHundredNumbers() throws Exception {
    FileChannel a = file(0);
    SpawnedLeaf leaf = SpawnedLeaf.in(folder);
    Map<Integer, Descriptor> wanted = new HashMap<>();
    Descriptor here = here(a);
    for (int i = 3; i < 503; i++) {
      leaf.spawn().passAs(i, a);
      wanted.put(i, here);
    }
    assertExactly(wanted, leaf.run());
  }

  @Test
  void fourThousandHandles() throws Exception {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      numbers.add(3 + i);
    }
    passAll(numbers);
  }

  @Test
  void tenThousandOpenAndTheNewestPassed() throws Exception {
    FileChannel a = file(0);
    int source = (int) Handle.of(a).number();
    List<Integer> copies = new ArrayList<>();
    try {
      for (int i = 0; i < 10_000; i++) {
        copies.add(RawFlags.dup(source, 3, i % 2 == 0));
      }
      FileChannel newest = file(1);
      SpawnedLeaf leaf = SpawnedLeaf.in(folder);
      leaf.spawn().passAs(3, newest).passAs(9_000, a);
      DescriptorTable table = DescriptorTable.ofThisProcess();
      LeafReport report = leaf.run();
      assertExactly(
          Map.of(
              3, table.get((int) Handle.of(newest).number()).orElseThrow(),
              9_000, table.get(source).orElseThrow()),
          report);
      assertEquals(5, report.table().descriptors().size());
    } finally {
      copies.forEach(RawFlags::close);
    }
  }
}
