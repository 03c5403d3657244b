// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * ProcessBuilder does with protection by default all that it does without, with each of the JDK's
 * launch mechanisms.
 *
 * <p>How this works: one program ({@link ProcessScenes}) runs without and with it, and must say the
 * same: outputs, exit statuses, the text of every exception, the children's own tables. So the
 * unprotected JDK is the oracle; some lines are compared with what is written here, or a program
 * that says nothing twice would pass.
 */
@Tag("every-jdk")
@Tag("unprotected")
final class ProcessBuilderTest {
  @TempDir Path folder;

  private List<String> played(String mechanism, String mode) throws Exception {
    Path scene = Files.createDirectory(folder.resolve("scene"));
    ChildJvm.Result result =
        ChildJvm.of(ProcessScenes.class)
            .flags("-Djdk.lang.Process.launchMechanism=" + mechanism)
            .arguments(mode, scene.toString())
            .run();
    List<String> lines = result.outOrThrow().lines().toList();
    // with VFORK the JDK warns that it is deprecated
    assertTrue(result.err().isBlank() || mechanism.equals("VFORK"), result::err);
    delete(scene);
    return lines;
  }

  private static void delete(Path scene) throws IOException {
    try (var files = Files.list(scene)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(scene);
  }

  private static String line(List<String> lines, String scene) {
    return lines.stream()
        .filter(l -> l.startsWith(scene + ": "))
        .map(l -> l.substring(scene.length() + 2))
        .findFirst()
        .orElse("missing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POSIX_SPAWN", "VFORK", "FORK"})
  void doesWithItWhatItDoesWithout(String mechanism) throws Exception {
    List<String> without = played(mechanism, "off");
    List<String> with = played(mechanism, "on");
    assertEquals(String.join("\n", without), String.join("\n", with));

    assertEquals("out=in err=err| exit=7", line(with, "three pipes"));
    assertEquals("{0=pipe:, 1=pipe:, 2=pipe:}", line(with, "the child's own table"));
    assertEquals("out=virtual err=e| exit=0", line(with, "200 at once"));
    String next = "out=next| err= exit=0{0=pipe:, 1=pipe:, 2=pipe:}";
    for (int i = 0; i < 14; i++) {
      assertEquals(next, line(with, "after failure " + i));
    }
    for (int i = 10; i <= 14; i++) {
      assertEquals(next, line(with, "after room for " + i + " descriptors, pipes"));
    }
  }
}
