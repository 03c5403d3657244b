// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.cli.Checkout.Result;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The verb {@code java} of the script {@code noinherit}, with real programs in a real java. */
class LauncherTest {
  private static final String PROGRAM = LaunchedProgram.class.getName();

  @TempDir Path folder;
  private Checkout checkout;
  private Path classes;

  @BeforeEach
  void checkOut() throws IOException {
    checkout = new Checkout(folder.resolve("a check out"));
    String file = PROGRAM.replace('.', '/') + ".class";
    Path copy = folder.resolve("classes").resolve(file);
    Files.createDirectories(copy.getParent());
    try (var in = LaunchedProgram.class.getClassLoader().getResourceAsStream(file)) {
      Files.copy(in, copy);
    }
    classes = folder.resolve("classes");
  }

  private ProcessBuilder java(String... arguments) {
    List<String> all = new ArrayList<>(List.of("java"));
    all.addAll(List.of(arguments));
    return checkout.builder(folder, checkout.script(), all.toArray(String[]::new));
  }

  /** Runs it, and takes the line with the pid off. */
  private static String outOf(ProcessBuilder builder) throws Exception {
    Result result = Checkout.run(builder);
    assertEquals(0, result.status(), () -> result.out() + result.err());
    return result.out().replaceFirst("pid [0-9]+\n", "");
  }

  @Test
  void aClassIsRunAndItsArgumentsAreAsTheyWere() throws Exception {
    Result result =
        Checkout.run(java("-cp", "classes", PROGRAM, "a  b", "*", "", "'\"$HOME`\\", "--scope"));
    assertEquals(
        "protected\n<a  b>\n<*>\n<>\n<'\"$HOME`\\>\n<--scope>\n",
        result.out().replaceFirst("pid [0-9]+\n", ""));
    assertEquals("", result.err(), "no word of ours, no warning about native access");
    assertEquals(0, result.status());
  }

  @Test
  void withoutItTheSameProgramIsNotProtected() throws Exception {
    ProcessBuilder bare = java();
    bare.command(System.getProperty("java.home") + "/bin/java", "-cp", "classes", PROGRAM);
    assertEquals("inheritable\n", outOf(bare));
  }

  @Test
  void aJarIsRun() throws Exception {
    Checkout.jar(folder.resolve("the program.jar"), classes, Map.of("Main-Class", PROGRAM));
    assertEquals("protected\n<a b>\n", outOf(java("-jar", "the program.jar", "a b")));
  }

  @Test
  void aModuleIsRun() throws Exception {
    Checkout.jar(
        folder.resolve("program.jar"), classes, Map.of("Automatic-Module-Name", "program"));
    assertEquals("protected\n", outOf(java("-p", "program.jar", "-m", "program/" + PROGRAM)));
  }

  @Test
  void aSingleSourceFileIsRun() throws Exception {
    assumeTrue(ModuleFinder.ofSystem().find("jdk.compiler").isPresent(), "no compiler here");
    Path source =
        Files.writeString(
            folder.resolve("Single.java"),
            "void main(String[] a) throws Exception { " + PROGRAM + ".main(a); }");
    assertEquals(
        "protected\n<x y>\n",
        outOf(java("-cp", "classes", source.getFileName().toString(), "x y")));
  }

  @Test
  void argumentFilesAndJavasVariablesWork() throws Exception {
    Files.writeString(folder.resolve("arguments"), "-cp classes -Da=b\n" + PROGRAM + " \"x y\"\n");
    ProcessBuilder builder = java("@arguments", "z");
    builder.environment().put("JDK_JAVA_OPTIONS", "-Dc='d e'");
    builder.environment().put("JAVA_TOOL_OPTIONS", "-Df=g");
    assertEquals("protected\n<x y>\n<z>\n", outOf(builder));
  }

  @Test
  void theProgramHasTheProcessItsExitStatusAndItsSignals() throws Exception {
    assertEquals(
        7, Checkout.run(java("-cp", "classes", PROGRAM, "exit", "7")).status(), "exit status");

    Process process = java("-cp", "classes", PROGRAM, "wait").start();
    try (BufferedReader out = process.inputReader()) {
      assertEquals("pid " + process.pid(), out.readLine(), "no process in between");
      assertEquals("protected", out.readLine());
      assertEquals("<wait>", out.readLine());
      process.getOutputStream().close();
      assertEquals("input ended: -1", out.readLine());
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      assertEquals(0, process.exitValue());
    } finally {
      process.destroyForcibly();
    }

    Process killed = java("-cp", "classes", PROGRAM, "wait").start();
    try (BufferedReader out = killed.inputReader()) {
      assertEquals("pid " + killed.pid(), out.readLine());
    } finally {
      killed.destroyForcibly();
    }
    assertTrue(killed.waitFor(60, TimeUnit.SECONDS));
    assertEquals(128 + 9, killed.exitValue());
  }

  @Test
  void theProgramsEnvironmentIsTheCallersThoughItHasNamesOfTheScript() throws Exception {
    ProcessBuilder builder = java("-cp", "classes", PROGRAM, "environment");
    String script = Files.readString(checkout.script());
    Pattern.compile("(?m)(?:^|[ \t(])([a-z_]+)=")
        .matcher(script)
        .results()
        .map(found -> found.group(1))
        .filter(name -> !name.startsWith("noinherit_"))
        .forEach(name -> builder.environment().put(name, "the caller's"));
    builder.environment().remove("COLUMNS");
    assertEquals("the caller's", builder.environment().get("java_home"), "the names were found");
    Map<String, String> seen = new TreeMap<>();
    outOf(builder)
        .lines()
        .filter(line -> line.contains("="))
        .forEach(
            line ->
                seen.put(
                    line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1)));
    Map<String, String> expected = new TreeMap<>(builder.environment());
    expected.values().removeIf(value -> value.contains("\n"));
    seen.keySet().retainAll(expected.keySet());
    assertEquals(expected, seen);
  }

  @Test
  void itIsCalledThroughALinkFromAnotherFolder() throws Exception {
    Path elsewhere = Files.createDirectories(folder.resolve("else where"));
    Path link = Files.createSymbolicLink(elsewhere.resolve("ni"), checkout.script());
    assertEquals(
        "protected\n",
        outOf(checkout.builder(elsewhere, link, "java", "-cp", classes.toString(), PROGRAM)));
  }

  @Test
  void aJvmThatCannotBeProtectedEndsWithASentenceOrIfAllowedIsNot() throws Exception {
    Checkout.jar(folder.resolve("other.jar"), classes, Map.of("Premain-Class", PROGRAM));
    ProcessBuilder strict = java("-cp", "classes", PROGRAM);
    strict.environment().put("JAVA_TOOL_OPTIONS", "-javaagent:other.jar");
    Result refused = Checkout.run(strict);
    assertEquals(1, refused.status(), refused::err);
    assertTrue(refused.err().contains("noinherit: protection by default is not"), refused::err);
    assertTrue(refused.err().contains("only HotSpot's libraries are known"), refused::err);
    assertEquals("", refused.out());

    ProcessBuilder relaxed = java("--if-supported", "-cp", "classes", PROGRAM);
    relaxed.environment().put("JAVA_TOOL_OPTIONS", "-javaagent:other.jar");
    Result on = Checkout.run(relaxed);
    assertEquals(0, on.status(), on::err);
    assertTrue(on.out().endsWith("inheritable\n"), on::out);
    assertEquals(2, on.err().lines().count(), "one line, and the JVM's: " + on.err());
    assertTrue(on.err().contains("noinherit: off: "), on::err);
  }

  @ParameterizedTest
  @CsvSource({
    "--scope",
    "--scope=",
    "'--scope=a,,b'",
    "--scope=/usr/lib/libx.so",
    "--scope=libstdc++*",
  })
  void aScopeThatCannotBeMeantIsOurFailure(String option) throws Exception {
    Result result = Checkout.run(java(option));
    assertEquals(125, result.status(), result::err);
    assertTrue(result.err().startsWith("noinherit: --scope"), result::err);
    assertTrue(result.err().contains("noinherit java --help"), result::err);
  }
}
