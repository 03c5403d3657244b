// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.doors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.DescriptorTable;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.module.ModuleFinder;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The agent: what it protects, what it understands, and what it says where it cannot.
 *
 * <p>How this works: a jar that only names the entry class, which is on the class path with the
 * rest of the library, is the agent of child JVMs. They ask the kernel for the flags of a socket.
 */
@Tag("every-jdk")
final class AgentTest {
  @TempDir Path folder;
  private Path jar;

  @BeforeEach
  void make() throws IOException {
    assumeTrue(
        ModuleFinder.ofSystem().find("java.instrument").isPresent(),
        "this Java runtime has no module java.instrument");
    jar = jar("agent.jar", "io.github.noinherit.internal.jdk.AgentEntry");
  }

  private Path jar(String name, String agentClass) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().putValue("Manifest-Version", "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", agentClass);
    Path file = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(file)) {
      new JarOutputStream(out, manifest).close();
    }
    return file;
  }

  private static ChildJvm program(Path agent, String options) {
    return ChildJvm.of(Program.class).flags("-javaagent:" + agent + options);
  }

  /** Opens a socket, and prints whether a child would get it. */
  public static final class Program {
    private Program() {}

    /** Asks the kernel. */
    public static void main(String[] arguments) throws IOException {
      DescriptorTable before = DescriptorTable.ofThisProcess();
      try (ServerSocketChannel channel = ServerSocketChannel.open()) {
        for (Descriptor d : DescriptorTable.ofThisProcess().since(before)) {
          if (channel.isOpen() && d.link().startsWith("socket:")) {
            System.out.println(d.closeOnExec() ? "protected" : "inheritable");
          }
        }
      }
    }
  }

  /** As an agent that comes first: it makes the JVM look like one that is not known. */
  public static final class OtherVm {
    private OtherVm() {}

    /** Called before the other agent. */
    public static void premain(String arguments) {
      System.setProperty("java.vm.name", "Other");
    }
  }

  private static void assertAll(String expected, ChildJvm.Result result) {
    List<String> lines = result.outOrThrow().lines().distinct().toList();
    assertEquals(List.of(expected), lines, result::err);
  }

  @Test
  void withoutItSocketsAreInheritable() throws Exception {
    assertAll("inheritable", ChildJvm.of(Program.class).run());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "=",
        "=scope=jdk",
        "=if-supported",
        "=scope=libno*+libsuch?,if-supported",
        "=if-supported,scope=jdk+libnosuch*"
      })
  void itProtectsAndSaysNothing(String options) throws Exception {
    ChildJvm.Result result = program(jar, options).run();
    assertAll("protected", result);
    assertEquals("", result.err());
  }

  @ParameterizedTest
  @CsvSource({
    "'=scop=jdk', 'no option \"scop=jdk\"; it has scope=jdk, scope=GLOB+GLOB'",
    "'=if-supported,', 'no option \"\"'",
    "'=IF-SUPPORTED', 'no option \"IF-SUPPORTED\"'",
    "'=scope=', 'a library is named by its file name'",
    "'=scope=/usr/lib/libx.so,if-supported', 'not by a path: \"/usr/lib/libx.so\"'",
  })
  void anOptionThatItDoesNotKnowEndsTheJvm(String options, String sentence) throws Exception {
    ChildJvm.Result result = program(jar, options).run();
    assertEquals(1, result.exitValue());
    assertEquals("", result.out());
    assertEquals(1, result.err().lines().count(), result.err());
    assertTrue(result.err().startsWith("noinherit: "), result.err());
    assertTrue(result.err().contains(sentence), result.err());
  }

  @Test
  void aJvmThatCannotBeProtectedEnds() throws Exception {
    Path other = jar("other.jar", OtherVm.class.getName());
    ChildJvm.Result result =
        ChildJvm.of(Program.class).flags("-javaagent:" + other, "-javaagent:" + jar).run();
    assertEquals(1, result.exitValue());
    assertEquals("", result.out());
    assertEquals(
        "noinherit: protection by default is not possible here: only HotSpot's libraries are"
            + " known, and this is Other\n",
        result.err());
  }

  @Test
  void ifThatIsAllowedItRunsUnprotectedAndSaysSoInOneLine() throws Exception {
    Path other = jar("other.jar", OtherVm.class.getName());
    ChildJvm.Result result =
        ChildJvm.of(Program.class)
            .flags("-javaagent:" + other, "-javaagent:" + jar + "=if-supported")
            .run();
    assertAll("inheritable", result);
    assertEquals(1, result.err().lines().count(), result.err());
    assertTrue(result.err().contains("only HotSpot's libraries are known"), result.err());
  }

  @Test
  void withoutNativeAccessItEndsWithTheFlagThatGivesIt() throws Exception {
    ChildJvm.Result result =
        program(jar, "").withoutNativeAccess().flags("--illegal-native-access=deny").run();
    assertEquals(1, result.exitValue());
    assertTrue(result.err().contains("--enable-native-access=ALL-UNNAMED"), result.err());
  }

  /** Debian's directory of an older Java, which the machine may lack. */
  private static Path java17() throws IOException {
    try (Stream<Path> homes = Files.list(Path.of("/usr/lib/jvm"))) {
      Path home =
          homes
              .filter(h -> h.getFileName().toString().startsWith("java-17-openjdk"))
              .findFirst()
              .orElse(null);
      assumeTrue(home != null, "no Java 17 (openjdk-17-jre-headless) in /usr/lib/jvm");
      return home;
    }
  }

  @Test
  void anOlderJvmGetsASentence() throws Exception {
    ChildJvm.Result result = program(jar, "").javaHome(java17()).run();
    assertEquals(1, result.exitValue());
    assertEquals("", result.out());
    assertTrue(
        result.err().matches("noinherit needs Java 25; this is 17\\.[0-9.]+\n"), result.err());
  }

  @Test
  void allThatOlderJvmsLoadIsForJava8() throws Exception {
    for (Map.Entry<String, Integer> expected :
        Map.of("internal/jdk/AgentEntry.class", 52, "NoInherit.class", 69).entrySet()) {
      try (var in =
          NoInherit.class.getResourceAsStream("/io/github/noinherit/" + expected.getKey())) {
        assertFalse(in == null, expected.getKey());
        byte[] head = in.readNBytes(8);
        assertEquals(expected.getValue(), head[7], expected.getKey());
      }
    }
  }
}
