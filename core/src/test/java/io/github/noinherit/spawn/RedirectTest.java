// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static io.github.noinherit.spawn.SpawnedLeaf.here;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.LeafReport;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Standard streams by every kind of ProcessBuilder.Redirect. */
@Tag("every-way")
@Tag("every-jdk")
@Counted(warmUp = WarmUp.class)
class RedirectTest {
  private static final int ACCESS_MODE = 3;
  private static final int O_APPEND = 02000;

  @TempDir Path folder;

  private static Descriptor stream(LeafReport report, int number) {
    return report.table().get(number).orElseThrow();
  }

  private static void assertFile(Path expected, Descriptor seen) throws IOException {
    Map<String, Object> status = Files.readAttributes(expected, "unix:dev,ino");
    assertEquals(status.get("dev") + ":" + status.get("ino"), seen.device() + ":" + seen.inode());
  }

  @Test
  void pipesAreTheDefaultThreeDifferentOnes() throws Exception {
    LeafReport report = SpawnedLeaf.in(folder).run();
    assertEquals(3, report.table().descriptors().size());
    for (int i = 0; i < 3; i++) {
      assertTrue(stream(report, i).link().startsWith("pipe:"), report.table()::toString);
      assertEquals(i == 0 ? 0 : 1, stream(report, i).flags() & ACCESS_MODE);
      assertTrue(!stream(report, i).sameFile(stream(report, (i + 1) % 3)));
    }
  }

  @Test
  void inheritIsThisProcessOwn() throws Exception {
    SpawnedLeaf leaf = SpawnedLeaf.in(folder);
    leaf.spawn().inheritIO();
    SpawnedLeaf.assertSame(
        Map.of(0, here(0), 1, here(1), 2, here(2)), leaf.run().table().descriptors());
  }

  @Test
  void discardIsTheNullDevice() throws Exception {
    SpawnedLeaf leaf = SpawnedLeaf.in(folder);
    leaf.spawn().stdout(Redirect.DISCARD).stderr(Redirect.DISCARD);
    LeafReport report = leaf.run();
    assertEquals("/dev/null", stream(report, 1).link());
    assertEquals("/dev/null", stream(report, 2).link());
    assertEquals(3, report.table().descriptors().size());
  }

  @Test
  void filesAreReadTruncatedAndAppendedTo() throws Exception {
    Path in = Files.writeString(folder.resolve("in"), "question");
    Path out = Files.writeString(folder.resolve("out"), "old text that is longer");
    Path err = Files.writeString(folder.resolve("err"), "old,");
    Process process =
        Spawn.command("sh", "-c", "cat; echo new >&2")
            .stdin(Redirect.from(in.toFile()))
            .stdout(Redirect.to(out.toFile()))
            .stderr(Redirect.appendTo(err.toFile()))
            .start();
    assertEquals(0, process.waitFor());
    assertEquals("question", Files.readString(out));
    assertEquals("old,new\n", Files.readString(err));
    assertEquals(-1, process.getInputStream().read());
    assertEquals(-1, process.getErrorStream().read());
    assertThrows(IOException.class, () -> process.getOutputStream().write(1));
  }

  @Test
  void theChildHasTheseFilesWithTheseModes() throws Exception {
    Path in = Files.createFile(folder.resolve("in"));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    SpawnedLeaf leaf = SpawnedLeaf.in(folder);
    leaf.spawn().stdin(Redirect.from(in.toFile()));
    leaf.spawn().stdout(Redirect.to(out.toFile())).stderr(Redirect.appendTo(err.toFile()));
    LeafReport report = leaf.run();
    assertFile(in, stream(report, 0));
    assertFile(out, stream(report, 1));
    assertFile(err, stream(report, 2));
    assertEquals(0, stream(report, 0).flags() & ACCESS_MODE);
    assertEquals(1, stream(report, 1).flags() & (ACCESS_MODE | O_APPEND));
    assertEquals(1 | O_APPEND, stream(report, 2).flags() & (ACCESS_MODE | O_APPEND));
    assertEquals(3, report.table().descriptors().size());
  }

  @Test
  void aCreatedFileHasThePermissionsThatProcessBuilderGives() throws Exception {
    Path ours = folder.resolve("ours");
    Path theirs = folder.resolve("theirs");
    Spawn.command("true").stdout(Redirect.to(ours.toFile())).start().waitFor();
    new ProcessBuilder("true").redirectOutput(theirs.toFile()).start().waitFor();
    assertEquals(
        PosixFilePermissions.toString(Files.getPosixFilePermissions(theirs)),
        PosixFilePermissions.toString(Files.getPosixFilePermissions(ours)));
  }

  @Test
  void aRelativeFileIsMeantFromHereNotFromTheChildsDirectory() throws Exception {
    Path relative = Path.of("target", "relative-" + ProcessHandle.current().pid());
    try {
      Spawn spawn = Spawn.command("echo", "here").directory(folder);
      assertEquals(0, spawn.stdout(Redirect.to(relative.toFile())).start().waitFor());
      assertEquals("here\n", Files.readString(relative));
    } finally {
      Files.deleteIfExists(relative);
    }
  }

  @Test
  void oneFileForBothByMergingHasOneOffset() throws Exception {
    Path out = folder.resolve("out");
    Spawn spawn = Spawn.command("sh", "-c", "echo one; echo two >&2; echo three");
    spawn.stdout(Redirect.to(out.toFile())).redirectErrorStream(true);
    assertEquals(0, spawn.start().waitFor());
    assertEquals("one\ntwo\nthree\n", Files.readString(out));
  }

  @Test
  void standardErrorGoesWhereverStandardOutputGoes() throws Exception {
    Path out = Files.createFile(folder.resolve("out"));
    for (Redirect redirect :
        new Redirect[] {
          Redirect.PIPE,
          Redirect.INHERIT,
          Redirect.DISCARD,
          Redirect.to(out.toFile()),
          Redirect.appendTo(out.toFile())
        }) {
      SpawnedLeaf leaf = SpawnedLeaf.in(folder, "--ofd", "1", "2");
      leaf.spawn().stdout(redirect).stderr(Redirect.to(folder.resolve("not-made").toFile()));
      LeafReport report = leaf.merged().run();
      assertEquals("same", report.sameDescription().get("1 2"), redirect::toString);
      assertEquals(3, report.table().descriptors().size(), redirect::toString);
      assertTrue(Files.notExists(folder.resolve("not-made")), redirect::toString);
    }
  }

  @Test
  void withMergingThereIsNothingToReadFromTheErrorStream() throws Exception {
    Process process =
        Spawn.command("sh", "-c", "echo out; echo err >&2").redirectErrorStream(true).start();
    assertEquals(-1, process.getErrorStream().read());
    assertEquals("out\nerr\n", new String(process.getInputStream().readAllBytes(), UTF_8));
    assertEquals(0, process.waitFor());
  }

  @Test
  void aRedirectInTheWrongDirectionIsRefused() {
    Path file = folder.resolve("file");
    Spawn spawn = Spawn.command("true");
    for (Redirect writes :
        new Redirect[] {Redirect.to(file.toFile()), Redirect.appendTo(file.toFile())}) {
      assertThrows(IllegalArgumentException.class, () -> spawn.stdin(writes));
    }
    assertThrows(IllegalArgumentException.class, () -> spawn.stdin(Redirect.DISCARD));
    Redirect reads = Redirect.from(file.toFile());
    assertThrows(IllegalArgumentException.class, () -> spawn.stdout(reads));
    assertThrows(IllegalArgumentException.class, () -> spawn.stderr(reads));
  }
}
