// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NaiveChild;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.inspect.HandleInfo.Access;
import io.github.noinherit.inspect.HandleInfo.Sharer;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import io.github.noinherit.testkit.RawFlags;
import io.github.noinherit.testkit.Species;
import io.github.noinherit.testkit.Specimen;
import io.github.noinherit.testkit.Zoo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables of handles, against the testkit's own reading of the kernel. */
@Counted
class HandleTableTest {
  @TempDir Path folder;

  private static void assertIs(Descriptor expected, HandleInfo found) {
    assertEquals(expected.number(), found.number());
    assertEquals(!expected.closeOnExec(), found.isInheritable(), expected::toString);
    assertEquals(expected.inode(), found.inode(), expected::toString);
    assertEquals(
        expected.link(), found.target() + (found.isDeleted() ? " (deleted)" : ""), "target");
    assertEquals(expected.flags() & ~02000000, found.flags(), expected::toString);
    String link = expected.link();
    String word = link.substring(0, Math.max(link.indexOf(':'), 0));
    switch (word) {
      case "pipe" -> assertTrue(found.kind() instanceof HandleKind.Pipe, found::toString);
      case "anon_inode" ->
          assertTrue(
              link.replace("eventpoll", "epoll").contains(found.kind().word()), found::toString);
      case "socket" ->
          assertTrue(Set.of("tcp", "udp", "unix", "socket").contains(found.kind().word()), link);
      default -> assertTrue(link.startsWith("/"), found::toString);
    }
  }

  /** Each thing that a JDK opens, in this JVM or in a child JVM of the zoo's. */
  @Test
  @Tag("every-jdk")
  void allOfTheZoo() throws Exception {
    int looked = 0;
    Set<String> words = new HashSet<>();
    for (Species species : Zoo.all()) {
      if (species.missingModule().isPresent()) {
        continue;
      }
      try (Specimen specimen = species.create()) {
        HandleTable table = HandleTable.of(specimen.pid());
        assertFalse(table.hasEnded());
        for (Descriptor expected : specimen.descriptors()) {
          HandleInfo found =
              table
                  .handle(expected.number())
                  .orElseThrow(() -> new AssertionError(species + " lacks " + expected));
          assertIs(expected, found);
          words.add(found.kind().word());
          looked++;
        }
      }
    }
    assertTrue(looked > Zoo.all().size(), looked + " handles");
    assertTrue(
        words.containsAll(Set.of("file", "tcp", "udp", "unix", "pipe", "eventfd", "epoll")),
        words::toString);
  }

  /** Nothing is missing, and nothing that the look itself opened is there. */
  @Test
  void theWholeTableOfThisProcess() throws Exception {
    HandleTable.ofThisProcess();
    DescriptorTable before = DescriptorTable.ofThisProcess();
    HandleTable table = HandleTable.ofThisProcess();
    DescriptorTable after = DescriptorTable.ofThisProcess();
    assertEquals(before.numbers(), after.numbers());
    assertEquals(
        new ArrayList<>(before.numbers()),
        table.handles().stream().map(HandleInfo::number).toList());
    assertEquals(ProcessHandle.current().pid(), table.process().pid());
  }

  @Test
  void aFileThatIsDeletedAndOneThatIsOnlyCalledSo() throws Exception {
    Path gone = folder.resolve("gone");
    Path odd = folder.resolve("odd (deleted)");
    Files.writeString(gone, "x");
    Files.writeString(odd, "x");
    int one = RawFlags.openInheritable(gone);
    int other = RawFlags.openInheritable(odd);
    try {
      Files.delete(gone);
      HandleTable table = HandleTable.ofThisProcess();
      HandleInfo deleted = table.handle(one).orElseThrow();
      assertTrue(deleted.isDeleted());
      assertEquals(gone.toString(), deleted.target());
      HandleInfo named = table.handle(other).orElseThrow();
      assertFalse(named.isDeleted(), named::toString);
      assertEquals(odd.toString(), named.target());
      assertEquals(Access.READ, named.access());
      assertTrue(named.isInheritable());
    } finally {
      RawFlags.close(one);
      RawFlags.close(other);
    }
  }

  /** The same file opened twice is not shared; a copy and what a child got are. */
  @Test
  @Needs(Need.KCMP)
  void whoSharesAnOpenFileDescription() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");
    int first = RawFlags.openInheritable(file);
    int copy = RawFlags.dup(first, 100, true);
    int own = RawFlags.openInheritable(file);
    try (NaiveChild.Holding child = NaiveChild.holding(folder)) {
      HandleTable table = HandleTable.ofThisProcess().withSharing();
      long self = ProcessHandle.current().pid();
      assertEquals(Set.of(self + ":" + copy, child.pid() + ":" + first), sharers(table, first));
      assertEquals(Set.of(self + ":" + first, child.pid() + ":" + first), sharers(table, copy));
      assertEquals(Set.of(child.pid() + ":" + own), sharers(table, own));
      for (HandleInfo handle : table.handles()) {
        for (Sharer s : handle.sharedWith().orElseThrow().with()) {
          assertTrue(
              RawFlags.isSameDescription(self, handle.number(), s.process().pid(), s.number()),
              () -> handle + " and " + s);
        }
      }
    } finally {
      RawFlags.close(first);
      RawFlags.close(copy);
      RawFlags.close(own);
    }
  }

  private static Set<String> sharers(HandleTable table, int number) {
    return table.handle(number).orElseThrow().sharedWith().orElseThrow().with().stream()
        .map(s -> s.process().pid() + ":" + s.number())
        .collect(Collectors.toSet());
  }

  @Test
  void thereIsNoSuchProcess() {
    SystemCallException e =
        assertThrows(SystemCallException.class, () -> HandleTable.of(Integer.MAX_VALUE));
    assertEquals("ESRCH", e.codeName());
    assertThrows(IllegalArgumentException.class, () -> HandleTable.of(0));
  }

  /** Processes end at any moment of the look, and that is no failure. */
  @Test
  void processesThatEndMeanwhile() throws Exception {
    List<Process> all = new ArrayList<>();
    try {
      for (int i = 0; i < 60; i++) {
        Process process = new ProcessBuilder("sleep", "0.00" + i % 10).start();
        all.add(process);
        try {
          HandleTable.of(process.pid());
        } catch (SystemCallException e) {
          assertEquals("ESRCH", e.codeName());
        }
        Holders.of(Target.parse("/dev/null"));
      }
    } finally {
      for (Process process : all) {
        process.destroyForcibly();
        process.waitFor();
        process.getInputStream().close();
        process.getErrorStream().close();
        process.getOutputStream().close();
      }
    }
  }
}
