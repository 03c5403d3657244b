// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.doors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Capability;
import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.ChildJvm;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Native access denied: the error names the very flag, on the class path and as a module. */
@Tag("every-jdk")
final class NativeAccessTest {
  private static final String DENY = "--illegal-native-access=deny";

  /** Tries each entry point, and prints how it fails. */
  public static void main(String[] arguments) throws IOException {
    try {
      NoInherit.open(Path.of("/dev/null")).close();
      System.out.println("opened");
    } catch (UnsupportedOperationException e) {
      System.out.println(e.getMessage());
    }
    for (Capability capability : Capability.values()) {
      Capability.Answer answer = capability.check();
      System.out.println(capability + " " + answer.isAvailable() + " " + answer.remedy());
    }
  }

  /** The library as a module, its user on the class path. */
  private static ChildJvm asModule() throws Exception {
    Path classes =
        Path.of(NoInherit.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    String rest =
        Arrays.stream(path.split(File.pathSeparator, -1))
            .filter(entry -> !Path.of(entry).equals(classes))
            .collect(Collectors.joining(File.pathSeparator));
    return ChildJvm.of(NativeAccessTest.class)
        .classPath(rest)
        .flags("--module-path", classes.toString(), "--add-modules", "io.github.noinherit");
  }

  private static void assertDenied(String flag, ChildJvm jvm) throws Exception {
    ChildJvm.Result result = jvm.withoutNativeAccess().flags(DENY).run();
    String out = result.outOrThrow();
    String[] lines = out.split("\n", -1);
    assertTrue(lines[0].contains(flag), out);
    for (Capability capability : Capability.values()) {
      assertTrue(out.contains(capability + " false start it with " + flag + "\n"), out);
    }
    assertEquals("", result.err());
  }

  @Test
  void theErrorNamesTheFlagOfTheClassPath() throws Exception {
    assertDenied("--enable-native-access=ALL-UNNAMED", ChildJvm.of(NativeAccessTest.class));
  }

  @Test
  void theErrorNamesTheFlagOfTheModule() throws Exception {
    assertDenied("--enable-native-access=io.github.noinherit", asModule());
  }

  @Test
  void theNamedFlagIsEnoughAndNoWarningIsPrinted() throws Exception {
    ChildJvm.Result onPath = ChildJvm.of(NativeAccessTest.class).flags(DENY).run();
    assertTrue(onPath.outOrThrow().startsWith("opened\nNATIVE_CALLS true \n"), onPath.out());
    assertEquals("", onPath.err());
    ChildJvm.Result module =
        asModule()
            .withoutNativeAccess()
            .flags("--enable-native-access=io.github.noinherit", DENY)
            .run();
    assertTrue(module.outOrThrow().startsWith("opened\nNATIVE_CALLS true \n"), module.out());
    assertFalse(module.out().contains(" false "), module.out());
    assertEquals("", module.err());
  }

  @Test
  void everythingWorksAsAModuleThroughJni() throws Exception {
    Path classes =
        Path.of(NoInherit.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    ChildJvm.Result result =
        ChildJvm.of(DoorProbe.class)
            .withoutNativeAccess()
            .classPath(testClasses())
            .flags("--module-path", classes.toString(), "--add-modules", "io.github.noinherit")
            .flags("--enable-native-access=io.github.noinherit")
            .run();
    assertEquals(
        "descriptors inside JDK objects: opened through JNI (Module.implAddOpens)\nfalse\ntrue\n",
        result.outOrThrow());
    assertEquals("", result.err());
  }

  private static String testClasses() throws Exception {
    return Path.of(
            NativeAccessTest.class.getProtectionDomain().getCodeSource().getLocation().toURI())
        .toString();
  }
}
