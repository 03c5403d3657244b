// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Counted
class DescriptorTableTest {
  @TempDir Path folder;

  @Test
  void readingTheTableDoesNotChangeItAndShowsNoDescriptorOfItsOwn() {
    DescriptorTable.ofThisProcess();
    DescriptorTable first = DescriptorTable.ofThisProcess();
    DescriptorTable second = DescriptorTable.ofThisProcess();
    second.assertNothingSince(first);
    first.assertNothingSince(second);
    for (Descriptor descriptor : second.descriptors().values()) {
      assertFalse(descriptor.link().endsWith("/fd"), descriptor.toString());
      assertTrue(RawFlags.isOpen(descriptor.number()), descriptor.toString());
    }
  }

  @Test
  void anOpenedFileIsTheDifference() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    DescriptorTable.ofThisProcess();
    DescriptorTable before = DescriptorTable.ofThisProcess();
    int fd = RawFlags.openInheritable(file);
    try {
      List<Descriptor> fresh = DescriptorTable.ofThisProcess().since(before);
      assertEquals(1, fresh.size(), fresh.toString());
      assertEquals(fd, fresh.getFirst().number());
      assertEquals(file.toRealPath().toString(), fresh.getFirst().link());
      assertEquals(Files.getAttribute(file, "unix:ino"), fresh.getFirst().inode());
      AssertionError error =
          assertThrows(
              AssertionError.class,
              () -> DescriptorTable.ofThisProcess().assertNothingSince(before));
      assertTrue(
          String.valueOf(error.getMessage()).contains(fd + " -> " + file.toRealPath()),
          error::getMessage);
    } finally {
      RawFlags.close(fd);
    }
    DescriptorTable.ofThisProcess().assertNothingSince(before);
  }

  @Test
  void aNumberOpenedAnewOnSomethingElseIsADifference() throws IOException {
    Path one = Files.createFile(folder.resolve("one"));
    Path two = Files.createFile(folder.resolve("two"));
    int fd = RawFlags.openInheritable(one);
    DescriptorTable before = DescriptorTable.ofThisProcess();
    RawFlags.close(fd);
    int again = RawFlags.openInheritable(two);
    try {
      assertEquals(fd, again);
      assertEquals(
          List.of(fd),
          DescriptorTable.ofThisProcess().since(before).stream().map(Descriptor::number).toList());
    } finally {
      RawFlags.close(again);
    }
  }

  @Test
  void closeOnExecIsReadFromTheKernelBothWays() throws IOException {
    int fd = RawFlags.openInheritable(Files.createFile(folder.resolve("file")));
    try {
      for (boolean closeOnExec : new boolean[] {true, false}) {
        RawFlags.setCloseOnExec(fd, closeOnExec);
        assertEquals(closeOnExec, RawFlags.isCloseOnExec(fd));
        Descriptor seen = DescriptorTable.ofThisProcess().get(fd).orElseThrow();
        assertEquals(closeOnExec, seen.closeOnExec(), seen.toString());
      }
    } finally {
      RawFlags.close(fd);
    }
  }

  @Test
  void aClosedNumberIsNotOpenAndHasNoFlag() throws IOException {
    int fd = RawFlags.openInheritable(Files.createFile(folder.resolve("file")));
    RawFlags.close(fd);
    assertFalse(RawFlags.isOpen(fd));
    assertThrows(IllegalStateException.class, () -> RawFlags.isCloseOnExec(fd));
    assertThrows(IllegalStateException.class, () -> RawFlags.close(fd));
  }

  /** The table of a child that stopped itself: nothing of it, its loader or its locale moves. */
  private static DescriptorTable whenStopped(Process child) throws Exception {
    Path stat = Path.of("/proc/" + child.pid() + "/stat");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!Files.readString(stat).contains(") T ")) {
      assertTrue(System.nanoTime() < deadline, "the child did not stop itself");
      Thread.sleep(5);
    }
    return DescriptorTable.of(child.pid());
  }

  @Test
  void anotherProcessHasItsOwnTable() throws Exception {
    Path file = Files.createFile(folder.resolve("input"));
    Process child =
        new ProcessBuilder("sh", "-c", "kill -STOP $$")
            .redirectInput(file.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      DescriptorTable table = whenStopped(child);
      assertEquals(Set.of(0, 1, 2), table.numbers(), table.toString());
      assertEquals(file.toRealPath().toString(), table.get(0).orElseThrow().link());
      assertEquals("/dev/null", table.get(1).orElseThrow().link());
    } finally {
      child.destroyForcibly().waitFor();
    }
    assertThrows(IllegalStateException.class, () -> DescriptorTable.of(child.pid()));
  }

  @Test
  void entriesThatVanishWhileItIsReadAreLeftOut() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    Thread churn =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!Thread.currentThread().isInterrupted()) {
                    try (FileInputStream in = new FileInputStream(file.toFile())) {
                      in.read();
                    } catch (IOException e) {
                      throw new IllegalStateException(e);
                    }
                  }
                });
    try {
      for (int i = 0; i < 200; i++) {
        for (Descriptor descriptor : DescriptorTable.ofThisProcess().descriptors().values()) {
          assertFalse(descriptor.link().contains("/fdinfo/"), descriptor.toString());
        }
      }
    } finally {
      churn.interrupt();
      churn.join();
    }
  }

  @Test
  void flagsAreOctal() {
    assertEquals(0_2100000, DescriptorTable.flagsOf("pos:\t0\nflags:\t02100000\nmnt_id:\t9\n"));
    assertThrows(IllegalStateException.class, () -> DescriptorTable.flagsOf("pos:\t0\n"));
  }
}
