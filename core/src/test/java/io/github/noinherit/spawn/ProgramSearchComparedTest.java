// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which program a command means, for many values of PATH, compared with ProcessBuilder in the same
 * JVM: each candidate is a script that says where it is; a failure is its errno.
 */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class ProgramSearchComparedTest {
  @TempDir Path folder;

  /** Says for each command what ProcessBuilder ran and what Spawn ran. */
  static final class Probe {
    private interface Start {
      Process start() throws IOException;
    }

    public static void main(String[] arguments) throws Exception {
      compare(null, arguments);
      compare(Path.of(arguments[0]), arguments);
    }

    private static void compare(@Nullable Path directory, String[] arguments) throws Exception {
      for (int i = 1; i < arguments.length; i++) {
        String command = arguments[i];
        ProcessBuilder builder = new ProcessBuilder(command);
        Spawn spawn = Spawn.command(command);
        if (directory != null) {
          builder.directory(directory.toFile());
          spawn.directory(directory);
        }
        System.out.println(outcome(builder::start) + "|" + outcome(spawn::start));
      }
    }

    private static String outcome(Start start) throws Exception {
      Process process;
      try {
        process = start.start();
      } catch (IOException e) {
        String message = String.valueOf(e.getMessage());
        // ProcessBuilder: "error: 2 (No such file…"; here: "ENOENT (2) No such file…"
        return "errno " + message.replaceAll("(?s).*(?:error[:=] ?|E[A-Z0-9]+ \\()(\\d+).*", "$1");
      }
      String said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
      return "ran " + said + " and exited " + process.waitFor();
    }
  }

  private void program(String name, String permissions) throws IOException {
    Path path = folder.resolve(name);
    Files.createDirectories(path.getParent());
    Files.writeString(path, "#!/bin/sh\necho " + name + "\n");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  @BeforeEach
  void create() throws IOException {
    program("a/tool", "rwxr-xr-x");
    program("b/tool", "rwxr-xr-x");
    program("noexec/tool", "rw-r--r--");
    program("noexec/lonely", "rw-r--r--");
    program("cwd/here", "rwxr-xr-x");
    program("cwd/sub/tool", "rwxr-xr-x");
    program("other/here", "rwxr-xr-x");
    program("other/sub/tool", "rwxr-xr-x");
    Files.createDirectories(folder.resolve("dir/tool"));
    Files.writeString(folder.resolve("a/text"), "echo shell ${0##*/}\n");
    Files.setPosixFilePermissions(
        folder.resolve("a/text"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createSymbolicLink(folder.resolve("dir/dangling"), folder.resolve("nothing"));
  }

  private List<String> differences(@Nullable String path, String... commands) throws Exception {
    List<String> arguments = new ArrayList<>();
    arguments.add(folder.resolve("other").toString());
    arguments.addAll(List.of(commands));
    ChildJvm jvm =
        Ways.same(ChildJvm.of(Probe.class))
            .directory(folder.resolve("cwd"))
            .environment("PATH", path == null ? null : path.replace("@", folder.toString()))
            .arguments(arguments.toArray(String[]::new));
    List<String> lines = jvm.run().outOrThrow().lines().toList();
    assertEquals(2 * commands.length, lines.size(), lines::toString);
    List<String> differences = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String[] outcomes = lines.get(i).split("\\|", 2);
      if (!outcomes[0].equals(outcomes[1])) {
        differences.add(
            "%s with PATH=%s%s: ProcessBuilder %s, Spawn %s"
                .formatted(
                    commands[i % commands.length],
                    path,
                    i < commands.length ? "" : " in another directory",
                    outcomes[0],
                    outcomes[1]));
      }
    }
    return differences;
  }

  @Test
  void everyCommandMeansWhatItMeansToProcessBuilder() throws Exception {
    String[] commands = {
      "tool",
      "here",
      "lonely",
      "text",
      "dangling",
      "none",
      "sub/tool",
      "./here",
      "../a/tool",
      "true",
      "/bin/true",
      "."
    };
    List<String> differences = new ArrayList<>();
    for (String path :
        new String[] {
          "@/a:@/b",
          "@/none:@/b",
          "@/noexec:@/b:@/a",
          "@/noexec",
          "@/noexec:@/none",
          "@/dir:@/b",
          "@/dir",
          ":@/a",
          "@/a::@/b",
          "@/b:",
          "sub:@/a",
          "./sub",
          "@/a/tool:@/b",
          "@/a/:@/b//",
          "/" + "x".repeat(300) + ":@/b",
          ""
        }) {
      differences.addAll(differences(path, commands));
    }
    differences.addAll(differences(null, commands));
    assertEquals(List.of(), differences);
  }
}
