// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.RawFlags;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A library of the JDK's that nobody has loaded when protection is turned on.
 *
 * <p>How this works: a JVM of its own turns protection on, or does not, and then makes a socket by
 * the native method of libattach by which a tool makes one. The kernel is asked for its flag.
 */
@Tag("every-jdk")
@Tag("unprotected")
final class LaterLibraryTest {
  private static final String LIBRARY = "/libattach.so";

  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("protected")) {
      NoInherit.byDefault();
    }
    boolean before = isLoaded();
    Method socket =
        Class.forName("sun.tools.attach.VirtualMachineImpl").getDeclaredMethod("socket");
    socket.setAccessible(true);
    int fd = (int) socket.invoke(null);
    System.out.println(before + " " + isLoaded() + " " + RawFlags.isCloseOnExec(fd));
  }

  private static boolean isLoaded() throws Exception {
    try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.anyMatch(line -> line.endsWith(LIBRARY));
    }
  }

  private static String answer(String how) throws Exception {
    assumeTrue(
        ModuleLayer.boot().findModule("jdk.attach").isPresent(), "this JDK has no jdk.attach");
    return ChildJvm.of(LaterLibraryTest.class)
        .flags("--add-opens=jdk.attach/sun.tools.attach=ALL-UNNAMED")
        .arguments(how)
        .run()
        .outOrThrow()
        .strip();
  }

  @Test
  void isCoveredBeforeItRuns() throws Exception {
    assertEquals("false true true", answer("protected"));
  }

  @Test
  void isNotWithoutProtection() throws Exception {
    assertEquals("false true false", answer("bare"));
  }
}
