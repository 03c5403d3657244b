// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.selfexec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.SelfExec;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** However a JVM was started, it restarts by the same command line. */
@Counted
@Needs(Need.PYTHON3)
final class RestartFormsTest {
  private static final String CLASS_PATH =
      System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

  @TempDir Path folder;

  private static ChildJvm jvm(String... flags) {
    return ChildJvm.of(RestartingProgram.class).flags(flags);
  }

  private static void assertRestarts(ChildJvm jvm) throws IOException, InterruptedException {
    try (Restarted p = Restarted.start(jvm)) {
      Path line = Path.of("/proc/" + p.jvm().pid() + "/cmdline");
      String before = Files.readString(line);
      String start = p.seen("start");
      p.tell("restart");
      p.awaitUp(1);
      p.tell("restart");
      p.awaitUp(2);
      assertEquals(before, Files.readString(line));
      assertEquals(start, p.seen("start"));
    }
  }

  @Test
  void asAJar() throws Exception {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.put(Attributes.Name.MAIN_CLASS, RestartingProgram.class.getName());
    List<String> urls = new ArrayList<>();
    for (String entry : CLASS_PATH.split(File.pathSeparator, -1)) {
      urls.add(new File(entry).toURI().toString());
    }
    attributes.put(Attributes.Name.CLASS_PATH, String.join(" ", urls));
    Path jar = folder.resolve("program.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream jarOut = new JarOutputStream(out, manifest)) {
      jarOut.finish();
    }
    assertRestarts(jvm("-jar", jar.toString())); // what comes behind is the program's
  }

  @Test
  void asASingleSourceFile() throws Exception {
    Path source = folder.resolve("Start.java");
    Files.writeString(
        source,
        """
        public class Start {
          public static void main(String[] arguments) throws Exception {
            %s.main(arguments);
          }
        }
        """
            .formatted(RestartingProgram.class.getName()));
    assertRestarts(jvm("-cp", CLASS_PATH, source.toString()));
  }

  @Test
  void asAModule() throws Exception {
    Path sources = folder.resolve("app");
    Files.createDirectories(sources.resolve("app"));
    Files.writeString(
        sources.resolve("module-info.java"), "module app { requires io.github.noinherit; }\n");
    Files.writeString(
        sources.resolve("app/Main.java"),
        """
        package app;
        import io.github.noinherit.SelfExec;
        public class Main {
          public static void main(String[] arguments) throws Exception {
            String generation = System.getenv().getOrDefault("GENERATION", "0");
            System.out.println("up " + generation + " " + Main.class.getModule());
            while (System.in.read() != '\\n') {}
            SelfExec.sameCommand()
                .environment("GENERATION", "" + (Integer.parseInt(generation) + 1))
                .restart();
          }
        }
        """);
    Path classes = folder.resolve("classes");
    String core = core().toString();
    assertEquals(
        0,
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-p",
                core + File.pathSeparator + annotations(),
                "-d",
                classes.toString(),
                sources.resolve("module-info.java").toString(),
                sources.resolve("app/Main.java").toString()));
    assertRestarts(
        jvm(
            "--enable-native-access=io.github.noinherit",
            "-p",
            core + File.pathSeparator + classes,
            "-m",
            "app/app.Main"));
  }

  private static Path core() throws URISyntaxException {
    return Path.of(SelfExec.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /** JSpecify's jar, without which the module's own annotations cannot be read. */
  private static String annotations() {
    return List.of(CLASS_PATH.split(File.pathSeparator, -1)).stream()
        .filter(e -> e.contains("jspecify"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  @Test
  void withAnArgumentFileThatIsReadAnew() throws Exception {
    Path file = folder.resolve("arguments");
    Files.writeString(file, "-Dwhich=old");
    try (Restarted p = Restarted.start(jvm("@" + file))) {
      assertEquals("old", p.ask("property which"));
      Files.writeString(file, "-Dwhich=new");
      p.tell("restart");
      p.awaitUp(1);
      assertEquals("new", p.ask("property which"));
    }
  }

  @Test
  void withTheVariablesThatTheJvmReads() throws Exception {
    ChildJvm jvm =
        jvm()
            .environment("JDK_JAVA_OPTIONS", "-Done=1")
            .environment("JAVA_TOOL_OPTIONS", "-Dtwo=2");
    try (Restarted p = Restarted.start(jvm)) {
      p.tell("restart JAVA_TOOL_OPTIONS=-Dtwo=3");
      p.awaitUp(1);
      assertEquals("1", p.ask("property one"));
      assertEquals("3", p.ask("property two"));
      p.tell("restart");
      p.awaitUp(2);
      assertEquals("1", p.ask("property one"));
      assertEquals("3", p.ask("property two"));
    }
  }

  /** The agent is on again, and leaves what was handed on as it is until it is taken up. */
  @Test
  void withTheAgent() throws Exception {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest
        .getMainAttributes()
        .putValue("Premain-Class", "io.github.noinherit.internal.jdk.AgentEntry");
    Path jar = folder.resolve("agent.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream jarOut = new JarOutputStream(out, manifest)) {
      jarOut.finish();
    }
    ChildJvm jvm = jvm(RestartingProgram.FLAGS).flags("-javaagent:" + jar);
    try (Restarted p = Restarted.start(jvm)) {
      p.ask("listen http");
      assertTrue(p.seen("fds").lines().anyMatch(l -> l.matches(".*socket:.* 1")), "protected");
      p.tell("restart http");
      assertEquals("[http] []", p.awaitUp(1));
      List<String> sockets = p.seen("fds").lines().filter(l -> l.contains("socket:")).toList();
      assertEquals(1, sockets.size(), "" + sockets);
      assertTrue(sockets.getFirst().endsWith(" 0"), "" + sockets);
      p.ask("listen other");
      assertTrue(p.seen("fds").lines().anyMatch(l -> l.matches(".*socket:.* 1")), "protected");
    }
  }

  /**
   * The launcher runs itself anew when it has to change this variable; it stays as it was given.
   */
  @Test
  void withALibraryPath() throws Exception {
    String path = folder + ":" + System.getProperty("java.home") + "/lib/server";
    assertRestarts(jvm().environment("LD_LIBRARY_PATH", path));
  }

  @Test
  void withAWorkingFolderAndARelativeClassPath() throws Exception {
    Files.createSymbolicLink(folder.resolve("tests"), location(RestartFormsTest.class));
    Files.createSymbolicLink(folder.resolve("core"), core());
    Files.createSymbolicLink(folder.resolve("kit"), location(ChildJvm.class));
    ChildJvm jvm = jvm().classPath("tests:core:kit").directory(folder);
    assertRestarts(jvm);
  }

  private static Path location(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /**
   * A signal that was ignored before the JVM started stays so; those that the JVM handles do not.
   */
  @Test
  void withASignalIgnored() throws Exception {
    List<String> command = new ArrayList<>(List.of("sh", "-c", "trap '' USR1; exec \"$@\"", "sh"));
    command.addAll(jvm().command());
    Process process = new ProcessBuilder(command).start();
    try (var out = process.inputReader()) {
      assertTrue(out.readLine().startsWith("up 0 "), "begins");
      String ignored = ignored(process.pid());
      process.outputWriter().write("restart\n");
      process.outputWriter().flush();
      assertTrue(out.readLine().startsWith("up 1 "), "restarts");
      assertEquals(ignored, ignored(process.pid()));
      assertTrue((Long.parseLong(ignored, 16) & 1L << 9) != 0, ignored); // SIGUSR1 is 10
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static String ignored(long pid) throws IOException {
    return Files.readString(Path.of("/proc/" + pid + "/status"))
        .lines()
        .filter(l -> l.startsWith("SigIgn:"))
        .findFirst()
        .orElseThrow()
        .substring("SigIgn:".length())
        .strip();
  }
}
