// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static java.nio.file.StandardOpenOption.READ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.HandleClosedException;
import io.github.noinherit.Spawn;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.LeafReport;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What is refused before anything is changed, and what the refusal says. */
@Tag("every-way")
@Tag("every-jdk")
@Counted(warmUp = WarmUp.class)
class BadInputTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void create() throws IOException {
    file = Files.createFile(folder.resolve("file"));
  }

  private static void refused(Class<? extends Exception> kind, Executable call, String... words) {
    Exception e = assertThrows(kind, call);
    for (String word : words) {
      assertTrue(String.valueOf(e.getMessage()).contains(word), () -> word + " in: " + e);
    }
  }

  @Test
  void aNumberTwiceIsRefusedAndTheFirstStays() throws Exception {
    try (FileChannel a = FileChannel.open(file, READ);
        FileChannel b = FileChannel.open(Files.createFile(folder.resolve("b")), READ)) {
      SpawnedLeaf leaf = SpawnedLeaf.in(folder);
      leaf.spawn().passAs(7, a);
      refused(IllegalArgumentException.class, () -> leaf.spawn().passAs(7, b), "7");
      SpawnedLeaf.assertExactly(java.util.Map.of(7, SpawnedLeaf.here(a)), leaf.run());
    }
  }

  @Test
  void aNameTwiceIsRefusedAndTheFirstStays() throws Exception {
    try (FileChannel a = FileChannel.open(file, READ);
        FileChannel b = FileChannel.open(Files.createFile(folder.resolve("b")), READ)) {
      SpawnedLeaf leaf = SpawnedLeaf.in(folder);
      leaf.spawn().pass("n", a);
      refused(IllegalArgumentException.class, () -> leaf.spawn().pass("n", b), "\"n\"");
      LeafReport report = leaf.run();
      SpawnedLeaf.assertExactly(java.util.Map.of(3, SpawnedLeaf.here(a)), report);
      assertEquals("n=3", report.environment().get(Spawn.HANDLES_VARIABLE));
    }
  }

  @Test
  void onlyPlainNamesAreNames() throws Exception {
    try (FileChannel a = FileChannel.open(file, READ)) {
      Spawn spawn = Spawn.command("true");
      for (String name :
          List.of("", " ", "a b", "a=b", "a,b", "ä", "a\n", "a\0", "a/b", "x".repeat(256))) {
        refused(IllegalArgumentException.class, () -> spawn.pass(name, a), "no name");
      }
      spawn.pass("x".repeat(255), a).pass("A-Z_0.9", a);
      assertEquals(0, spawn.start().waitFor());
    }
  }

  @Test
  void aNegativeNumberIsRefused() throws Exception {
    try (FileChannel a = FileChannel.open(file, READ)) {
      refused(IllegalArgumentException.class, () -> Spawn.command("true").passAs(-1, a), "-1");
    }
  }

  @Test
  void aNumberThatIsNotBelowTheLimitIsRefused() throws Exception {
    try (FileChannel a = FileChannel.open(file, READ)) {
      int limit = (int) SpawnedLeaf.in(folder).run().softDescriptorLimit().orElseThrow();
      for (int number : new int[] {limit, limit + 1, Integer.MAX_VALUE}) {
        Spawn spawn = Spawn.command("true").passAs(number, a);
        refused(IllegalArgumentException.class, spawn::start, "" + number, "limit", "" + limit);
      }
    }
  }

  @Test
  void aClosedHandleIsRefusedWhenNamedAndWhenStarted() throws Exception {
    FileChannel a = FileChannel.open(file, READ);
    Spawn spawn = Spawn.command("true").passAs(5, a);
    Spawn named = Spawn.command("true").pass("log", a);
    Spawn stream = Spawn.command("true").stdin(a);
    Handle handle = Handle.of(a);
    a.close();
    refused(HandleClosedException.class, spawn::start, "closed");
    refused(HandleClosedException.class, named::start, "closed");
    refused(HandleClosedException.class, stream::start, "closed");
    refused(HandleClosedException.class, () -> Spawn.command("true").pass("x", a), "closed");
    refused(HandleClosedException.class, () -> Spawn.command("true").passAs(5, a), "closed");
    Spawn kept = Spawn.command("true").passAs(5, handle);
    refused(HandleClosedException.class, kept::start, "closed");
    FileDescriptor none = new FileDescriptor();
    refused(HandleClosedException.class, () -> Spawn.command("true").passAs(5, none), "closed");
  }

  @Test
  void aNumberThatIsNotOpenAnyMoreIsRefused() throws Exception {
    Handle raw;
    try (FileChannel a = FileChannel.open(file, READ)) {
      raw = Handle.ofNumber(Handle.of(a).number());
    }
    refused(HandleClosedException.class, Spawn.command("true").passAs(5, raw)::start, "closed");
  }

  @Test
  void whatHasNoHandleOrTwoIsRefused() throws Exception {
    Closeable noHandle = new ByteArrayInputStream(new byte[0]);
    refused(IllegalArgumentException.class, () -> Spawn.command("true").passAs(5, noHandle));
    try (Selector selector = Selector.open()) {
      Spawn spawn = Spawn.command("true").passAs(5, selector);
      refused(IllegalArgumentException.class, spawn::start, "selector");
    }
  }

  @Test
  void nulInAnyTextIsRefused() {
    refused(
        IllegalArgumentException.class,
        Spawn.command("true", "a", "b\0c")::start,
        "argument 2",
        "NUL");
    refused(IllegalArgumentException.class, Spawn.command("tr\0ue")::start, "command", "NUL");
    Spawn spawn = Spawn.command("true");
    refused(IllegalArgumentException.class, () -> spawn.environment("A\0", "b"), "NUL");
    refused(IllegalArgumentException.class, () -> spawn.environment("A", "b\0"), "A", "NUL");
    spawn.stdin(Redirect.from(new java.io.File("a\0b")));
    refused(IllegalArgumentException.class, spawn::start, "standard input", "NUL");
  }

  @Test
  void anEqualsSignInAnEnvironmentNameIsRefused() {
    for (String name : new String[] {"A=B", "=", "=A", ""}) {
      refused(
          IllegalArgumentException.class,
          () -> Spawn.command("true").environment(name, "x"),
          "environment variable");
    }
  }

  @Test
  void threeMegabytesOfArgumentsAreRefused() {
    List<String> command = new ArrayList<>(List.of("true"));
    command.addAll(Collections.nCopies(30, "x".repeat(100_000)));
    refused(SystemCallException.class, Spawn.command(command)::start, "E2BIG", "\"true\"", "bytes");
  }

  @Test
  void oneArgumentOf200KilobytesIsRefused() {
    refused(
        SystemCallException.class,
        Spawn.command("true", "x".repeat(200_000))::start,
        "E2BIG",
        "200000",
        "131071");
    Spawn variable = Spawn.command("true").environment("V", "x".repeat(200_000));
    refused(SystemCallException.class, variable::start, "E2BIG");
  }

  @Test
  void theLongestArgumentThatTheKernelTakesGoesThrough() throws Exception {
    SpawnedLeaf leaf = SpawnedLeaf.in(folder, "x".repeat(131_071));
    assertEquals(131_071, leaf.run().arguments().getLast().length());
  }

  @Test
  void nullIsRefusedEverywhere() throws Exception {
    try (FileChannel a = FileChannel.open(file, READ)) {
      Spawn spawn = Spawn.command("true");
      for (Executable call :
          List.<Executable>of(
              () -> Spawn.command((String[]) nothing()),
              () -> Spawn.command(BadInputTest.<List<String>>nothing()),
              () -> Spawn.command("true", nothing()),
              () -> Spawn.command(Arrays.asList("true", nothing())),
              () -> Spawn.from(nothing()),
              () -> spawn.pass(nothing(), a),
              () -> spawn.pass("n", (Closeable) nothing()),
              () -> spawn.pass("n", (FileDescriptor) nothing()),
              () -> spawn.pass("n", (Handle) nothing()),
              () -> spawn.passAs(3, (Closeable) nothing()),
              () -> spawn.passAs(3, (FileDescriptor) nothing()),
              () -> spawn.passAs(3, (Handle) nothing()),
              () -> spawn.stdin((Redirect) nothing()),
              () -> spawn.stdin((Closeable) nothing()),
              () -> spawn.stdin((FileDescriptor) nothing()),
              () -> spawn.stdin((Handle) nothing()),
              () -> spawn.stdout((Redirect) nothing()),
              () -> spawn.stdout((Closeable) nothing()),
              () -> spawn.stdout((FileDescriptor) nothing()),
              () -> spawn.stdout((Handle) nothing()),
              () -> spawn.stderr((Redirect) nothing()),
              () -> spawn.stderr((Closeable) nothing()),
              () -> spawn.stderr((FileDescriptor) nothing()),
              () -> spawn.stderr((Handle) nothing()),
              () -> spawn.directory(nothing()),
              () -> spawn.environment(nothing(), "v"),
              () -> spawn.environment("n", nothing()),
              () -> spawn.removeEnvironment(nothing()))) {
        assertThrows(NullPointerException.class, call);
      }
      // nothing of it stayed
      SpawnedLeaf leaf = SpawnedLeaf.in(folder);
      assertThrows(NullPointerException.class, () -> leaf.spawn().passAs(3, (Handle) nothing()));
      assertThrows(NullPointerException.class, () -> leaf.spawn().environment("n", nothing()));
      LeafReport report = leaf.run();
      assertEquals(3, report.table().descriptors().size());
      assertTrue(!report.environment().containsKey("n"));
    }
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what a careless caller passes
  private static <T> T nothing() {
    return null;
  }
}
