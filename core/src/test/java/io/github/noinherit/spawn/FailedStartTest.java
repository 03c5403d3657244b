// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.testkit.Census;
import io.github.noinherit.testkit.Counted;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Starts that fail: each says errno, its name and the path, and leaves no process, no zombie, no
 * descriptor and no thread.
 */
@Tag("every-way")
@Tag("every-jdk")
@Counted(warmUp = WarmUp.class)
class FailedStartTest {
  @TempDir Path folder;

  /** Ten times, with a handle passed, so that what is left behind once is seen. */
  private void fails(Spawn spawn, String... words) throws Exception {
    Path file = folder.resolve("passed");
    Files.deleteIfExists(file);
    try (FileChannel passed =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      spawn.passAs(9, passed);
      Census before = Census.take();
      for (int i = 0; i < 10; i++) {
        SystemCallException e = assertThrows(SystemCallException.class, spawn::start);
        for (String word : words) {
          assertTrue(String.valueOf(e.getMessage()).contains(word), () -> word + " in: " + e);
        }
      }
      // at once: nothing may need time to go away
      List<String> left = Census.leftBehindSince(before, Duration.ZERO);
      assertTrue(left.isEmpty(), () -> String.join("\n", left));
    }
  }

  private Path script(String name, String text, String permissions) throws IOException {
    Path script = Files.writeString(folder.resolve(name), text);
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString(permissions));
    return script;
  }

  @Test
  @Tag("aarch64")
  void aMissingProgram() throws Exception {
    fails(Spawn.command("/no/such/program"), "ENOENT (2)", "/no/such/program");
    fails(
        Spawn.command("no-such-program-anywhere"),
        "ENOENT (2)",
        "no-such-program-anywhere",
        "PATH");
  }

  @Test
  void aDirectoryAsProgram() throws Exception {
    fails(Spawn.command(folder.toString()), "EACCES (13)", folder.toString(), "directory");
  }

  @Test
  void aFileThatIsNotExecutable() throws Exception {
    Path file = script("plain", "#!/bin/sh\n", "rw-------");
    fails(Spawn.command(file.toString()), "EACCES (13)", file.toString(), "chmod +x");
  }

  @Test
  void aScriptWithoutItsInterpreter() throws Exception {
    Path file = script("bad", "#!/no/such/interpreter\n", "rwx------");
    fails(Spawn.command(file.toString()), "ENOENT (2)", file.toString(), "#! line");
  }

  @Test
  void aPathThroughAFile() throws Exception {
    Path file = script("plain", "", "rw-------");
    fails(Spawn.command(file + "/x"), "ENOTDIR (20)", file + "/x");
  }

  @Test
  void aLinkToItself() throws Exception {
    Path loop = folder.resolve("loop");
    Files.createSymbolicLink(loop, loop);
    fails(Spawn.command(loop.toString()), "ELOOP (40)", loop.toString());
  }

  @Test
  void aBinaryForAnotherMachineOrBroken() throws Exception {
    Path file = script("broken", "\177ELF and then nothing", "rwx------");
    // neither a binary nor a script; ProcessBuilder and execvp give it to the shell, which fails
    Process process = Spawn.command(file.toString()).start();
    assertTrue(process.waitFor() != 0);
  }

  @Test
  @Tag("aarch64")
  void aMissingDirectory() throws Exception {
    fails(
        Spawn.command("true").directory(folder.resolve("none")),
        "ENOENT (2)",
        folder + "/none",
        "chdir");
    assertEquals(0, Spawn.command("true").directory(folder).start().waitFor());
  }

  @Test
  void aFileAsDirectory() throws Exception {
    Path file = script("plain", "", "rwx------");
    fails(Spawn.command("true").directory(file), "ENOTDIR (20)", file.toString(), "chdir");
  }

  @Test
  void aMissingRedirectFile() throws Exception {
    Path none = folder.resolve("none");
    fails(
        Spawn.command("true").stdin(Redirect.from(none.toFile())),
        "ENOENT (2)",
        none.toString(),
        "standard input");
  }

  @Test
  void aRedirectFileInAMissingDirectory() throws Exception {
    Path none = folder.resolve("none/file");
    fails(
        Spawn.command("true").stdout(Redirect.to(none.toFile())),
        "ENOENT (2)",
        none.toString(),
        "standard output");
    fails(
        Spawn.command("true").stderr(Redirect.appendTo(none.toFile())),
        "ENOENT (2)",
        none.toString(),
        "standard error");
  }

  @Test
  void aDirectoryAsRedirectFile() throws Exception {
    fails(
        Spawn.command("true").stdout(Redirect.to(folder.toFile())),
        "EISDIR (21)",
        folder.toString(),
        "standard output");
  }

  @Test
  void aProgramThatIsNotThereLeavesItsRedirectFileAsItWas() throws Exception {
    Path out = Files.writeString(folder.resolve("out"), "precious");
    fails(Spawn.command("/no/such/program").stdout(Redirect.to(out.toFile())), "ENOENT");
    fails(
        Spawn.command("true").directory(folder.resolve("none")).stdout(Redirect.to(out.toFile())),
        "ENOENT");
    assertEquals("precious", Files.readString(out));
  }

  @Test
  void anExecutableTextWithoutInterpreterLineIsAShellScript() throws Exception {
    Path script = script("script", "echo \"$0|$1|$#\"\nexit 3\n", "rwx------");
    for (Process process :
        List.of(
            Spawn.command(script.toString(), "a b", "c").start(),
            new ProcessBuilder(script.toString(), "a b", "c").start())) {
      String said = new String(process.getInputStream().readAllBytes(), UTF_8);
      assertEquals(script + "|a b|2\n", said);
      assertEquals(3, process.waitFor());
    }
  }
}
