// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NaiveChild;
import io.github.noinherit.NoInherit;
import io.github.noinherit.Protection;
import io.github.noinherit.Protection.Covered;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import io.github.noinherit.testkit.Races;
import io.github.noinherit.testkit.RawFlags;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Protection is installed and removed again and again while four threads start processes at full
 * speed, with each of the JDK's launch mechanisms: every start works, and what each process says is
 * right; while protection is on, a child with no closing gets nothing; when it is off, everything
 * is as before.
 *
 * <p>How this works: in a JVM of its own one thread installs, looks, removes and looks, and the
 * others start processes, some with pipes, some with redirects. "As before" is read from memory:
 * the words at the places that were covered, and all of the JDK's libraries that nobody may write
 * to, against a copy made before the first installation.
 *
 * <p>What passing does not prove: that no start can fail at any moment of an installation, only
 * that none did; the moments are where the scheduler put them.
 */
@Tag("unprotected")
final class InstallUnderLoadTest {
  private static final boolean STRESS = Boolean.getBoolean("noinherit.stress");
  private static final Duration LONGEST = Duration.ofSeconds(STRESS ? 600 : 100);

  private static final AtomicLong starts = new AtomicLong();

  /** TIMES FOLDER: prints how many processes were started meanwhile. */
  public static void main(String[] arguments) throws Exception {
    int cycles = Integer.parseInt(arguments[0]);
    Leaf.program();
    Path reports = Path.of(arguments[1]);
    try (Opening opening = new Opening(false)) {
      opening.each(); // loads what can be loaded
      opening.connections();
    }
    int inheritable = RawFlags.openInheritable(Path.of("/dev/null"));
    int not = RawFlags.dup(inheritable, 3, true);
    start(0);
    LibraryMemory before = LibraryMemory.take();
    DescriptorTable table = DescriptorTable.ofThisProcess();
    Races.create()
        .duration(LONGEST)
        .threads(4, "starter", turn -> start(turn.number()))
        .threads(1, cycles, "installer", turn -> cycle(before, reports))
        .run();
    assertEquals(List.of(), before.changes());
    for (Descriptor was : table.descriptors().values()) {
      assertEquals(was, DescriptorTable.ofThisProcess().get(was.number()).orElseThrow());
    }
    assertFalse(RawFlags.isCloseOnExec(inheritable));
    assertTrue(RawFlags.isCloseOnExec(not));
    System.out.println(starts);
  }

  private static void cycle(LibraryMemory before, Path reports) throws IOException {
    Protection protection = NoInherit.byDefault();
    List<Covered> covered = protection.covered();
    assertFalse(covered.isEmpty());
    for (Covered c : covered) {
      OptionalLong was = before.wordAt(c.slot());
      assertNotEquals(was, OptionalLong.of(LibraryMemory.word(c.slot())), c::toString);
    }
    for (int i = 0; i < 2; i++) {
      assertEquals(Map.of(), NaiveChild.table(reports).descriptors().tailMap(3));
    }
    protection.remove();
    List<Long> unknown = new ArrayList<>();
    for (Covered c : covered) {
      OptionalLong was = before.wordAt(c.slot());
      if (was.isPresent()) {
        assertEquals(was.getAsLong(), LibraryMemory.word(c.slot()), c::toString);
      } else { // the library was not loaded then, and need not be now
        unknown.add(c.slot());
      }
    }
    assertEquals(List.of(), LibraryMemory.notToLibc(unknown));
  }

  private static void start(long number) throws IOException, InterruptedException {
    String word = "word-" + number;
    ProcessBuilder builder =
        switch ((int) (number % 4)) {
          case 0 ->
              new ProcessBuilder("echo", word).redirectInput(Redirect.from(new File("/dev/null")));
          case 1 -> new ProcessBuilder("sh", "-c", "echo $0 >&2; exit 0", word);
          case 2 -> new ProcessBuilder("cat").redirectError(Redirect.DISCARD);
          default -> new ProcessBuilder("sh", "-c", "echo $0 >&2", word);
        };
    builder.redirectErrorStream(number % 2 == 1);
    Process process = builder.start();
    try {
      if (number % 4 == 2) {
        process.getOutputStream().write((word + "\n").getBytes(StandardCharsets.US_ASCII));
      }
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertEquals(word + "\n", said);
      assertEquals(0, process.waitFor());
    } finally {
      process.destroyForcibly();
      process.getInputStream().close();
      process.getErrorStream().close();
    }
    starts.incrementAndGet();
  }

  @TempDir Path folder;

  /** A start by FORK takes several times as long, and each installation waits for some. */
  @ParameterizedTest
  @CsvSource({"POSIX_SPAWN, 100", "VFORK, 100", "FORK, 20"})
  void noStartFailsAndAllIsAsBefore(String mechanism, int times) throws Exception {
    int cycles = STRESS ? 10 * times : times;
    ChildJvm.Result result =
        ChildJvm.of(InstallUnderLoadTest.class)
            .flags("-Djdk.lang.Process.launchMechanism=" + mechanism)
            .arguments("" + cycles, folder.toString())
            .timeout(LONGEST.multipliedBy(2))
            .run();
    String said = result.outOrThrow().strip();
    assertTrue(Long.parseLong(said) >= cycles, said);
  }

  /** Strace makes the moment between a start's pipes and its child long enough to be met. */
  @Test
  @Needs(Need.STRACE)
  void aStartInTheMiddleIsWaitedFor() throws Exception {
    Path said = folder.resolve("said");
    List<String> command = new ArrayList<>(List.of("strace", "-f", "-qq", "-o", "/dev/null"));
    command.addAll(List.of("-e", "trace=clone,?clone3,?pipe,pipe2"));
    command.addAll(List.of("-e", "inject=?pipe,pipe2:delay_exit=3000"));
    command.addAll(List.of("-e", "inject=clone,?clone3:delay_enter=10000"));
    command.addAll(
        ChildJvm.of(InstallUnderLoadTest.class)
            .arguments(STRESS ? "200" : "20", folder.toString())
            .command());
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .redirectInput(Redirect.from(new File("/dev/null")))
            .start();
    try {
      assertTrue(process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS), "strace did not end");
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    assertEquals(0, process.exitValue(), Files.readString(said));
  }
}
