// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.doors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.ChildJvm;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The three doors into java.base, each in a JVM of its own. */
@Tag("every-jdk")
final class DoorTest {
  private static final String FORBID = "-Dnoinherit.jniDoor=forbid";

  private static void assertOpenBy(String door, ChildJvm jvm) throws Exception {
    ChildJvm.Result result = jvm.run();
    assertEquals(
        "descriptors inside JDK objects: " + door + "\nfalse\ntrue\n", result.outOrThrow());
    assertEquals("", result.err());
  }

  /** What the refusal of the door advises. */
  private static List<String> advisedFlags() throws Exception {
    ChildJvm.Result refused = ChildJvm.of(DoorProbe.class).flags(FORBID).run();
    assertEquals(1, refused.exitValue());
    String message = refused.err();
    assertTrue(message.contains("UnsupportedOperationException"), message);
    assertTrue(message.contains("an operator forbade it with " + FORBID), message);
    String line = message.lines().filter(l -> l.contains("Remedy: ")).findFirst().orElseThrow();
    return Arrays.asList(line.substring(line.indexOf("Remedy: ") + 8).split(" ", -1));
  }

  @Test
  void withNoFlagButNativeAccessItIsJni() throws Exception {
    assertOpenBy("opened through JNI (Module.implAddOpens)", ChildJvm.of(DoorProbe.class));
  }

  @Test
  void theFlagsThatTheRefusalAdvisesOpenIt() throws Exception {
    List<String> flags = advisedFlags();
    flags.forEach(f -> assertTrue(f.matches("--add-opens=java\\.base/.*=ALL-UNNAMED"), f));
    assertOpenBy(
        "already open (--add-opens)",
        ChildJvm.of(DoorProbe.class).flags(FORBID).flags(flags.toArray(String[]::new)));
  }

  @Test
  void oneFlagTooFewIsNotEnough() throws Exception {
    List<String> flags = advisedFlags();
    ChildJvm.Result result =
        ChildJvm.of(DoorProbe.class)
            .flags(FORBID)
            .flags(flags.subList(1, flags.size()).toArray(String[]::new))
            .run();
    assertEquals(1, result.exitValue());
    String message = result.err();
    assertTrue(message.contains("Remedy: " + flags.get(0)), message);
    assertFalse(message.contains(flags.get(1)), "a flag that was given: " + message);
  }

  @Test
  void theAgentOpensIt(@TempDir Path folder) throws Exception {
    assumeTrue(
        ModuleFinder.ofSystem().find("java.instrument").isPresent(),
        "this Java runtime has no module java.instrument");
    Path jar = agent(folder);
    assertOpenBy(
        "opened by the agent (Instrumentation.redefineModule)",
        ChildJvm.of(DoorProbe.class).flags(FORBID, "-javaagent:" + jar));
  }

  /** A jar that only names the agent class, which is on the class path. */
  private static Path agent(Path folder) throws IOException {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Premain-Class", "io.github.noinherit.internal.jdk.Agent");
    main.putValue("Launcher-Agent-Class", "io.github.noinherit.internal.jdk.Agent");
    Path jar = folder.resolve("agent.jar");
    try (OutputStream out = Files.newOutputStream(jar)) {
      new JarOutputStream(out, manifest).close();
    }
    return jar;
  }

  /** Opens the door; prints to whom the JDK is open then. */
  public static final class ToWhom {
    private ToWhom() {}

    /** Asks the module system. */
    public static void main(String[] arguments) throws IOException {
      NoInherit.openPipe();
      Module base = Object.class.getModule();
      for (String name : base.getPackages()) {
        if (base.isOpen(name, NoInherit.class.getModule())
            || base.isOpen(name, ClassLoader.getSystemClassLoader().getUnnamedModule())) {
          System.out.println(name);
        }
      }
    }
  }

  @Test
  void throughJniTheJdkIsOpenToNobodyElse() throws Exception {
    assertEquals("", ChildJvm.of(ToWhom.class).run().outOrThrow());
  }

  @Test
  void checkedJniHasNothingToSay() throws Exception {
    assertOpenBy(
        "opened through JNI (Module.implAddOpens)",
        ChildJvm.of(DoorProbe.class).flags("-Xcheck:jni"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"UseSerialGC", "UseParallelGC", "UseG1GC", "UseZGC", "UseShenandoahGC"})
  void worksWithEachCollector(String collector) throws Exception {
    ChildJvm.Result there =
        ChildJvm.of(DoorProbe.class).flags("-XX:-UseSerialGC", "-XX:+" + collector).run();
    assumeTrue(
        !there.err().contains("not supported") && !there.err().contains("Unrecognized"),
        there.err());
    assertEquals(
        "descriptors inside JDK objects: opened through JNI (Module.implAddOpens)\nfalse\ntrue\n",
        there.outOrThrow());
    assertEquals("", there.err());
  }

  @Test
  void worksFromAVirtualThreadAndWithCompiledCode() throws Exception {
    assertOpenBy(
        "opened through JNI (Module.implAddOpens)",
        ChildJvm.of(InVirtualThread.class).flags("-XX:TieredStopAtLevel=4", "-Xcomp"));
  }

  /** The probe, on a virtual thread. */
  public static final class InVirtualThread {
    private InVirtualThread() {}

    /** Runs it, and ends with 1 if it failed. */
    public static void main(String[] arguments) throws Exception {
      Throwable[] failure = new Throwable[1];
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  DoorProbe.main(arguments);
                } catch (Throwable t) {
                  failure[0] = t;
                }
              })
          .join();
      if (failure[0] != null) {
        throw new AssertionError(failure[0]);
      }
    }
  }
}
