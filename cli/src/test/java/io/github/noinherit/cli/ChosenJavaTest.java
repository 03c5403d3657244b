// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

import static io.github.noinherit.cli.Checkout.pretended;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.cli.Checkout.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which java {@code noinherit java} runs, and with which arguments; the javas are pretended. */
class ChosenJavaTest {
  private static final List<String> NO_RELEASE = List.of();

  @TempDir Path folder;
  private Checkout checkout;

  @BeforeEach
  void checkOut() throws IOException {
    checkout = new Checkout(folder.resolve("a check out"));
  }

  private static List<String> release(String version) {
    return List.of("IMPLEMENTOR=\"x\"", "JAVA_VERSION=\"" + version + "\"");
  }

  private Path installed(String name, String version) throws IOException {
    return pretended(folder.resolve(name), release(version), version);
  }

  private Result run(Path javaHome, Path inPath, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("java"));
    all.addAll(List.of(arguments));
    ProcessBuilder builder =
        checkout.builder(folder, checkout.script(), all.toArray(String[]::new));
    builder.environment().put("JAVA_HOME", javaHome.toString());
    builder.environment().put("PATH", inPath.resolve("bin") + ":" + System.getenv("PATH"));
    return Checkout.run(builder);
  }

  private void assertRan(String name, Result result) {
    assertEquals(0, result.status(), result::err);
    assertEquals("ran " + name, result.out().lines().findFirst().orElseThrow(), result::err);
  }

  @Test
  void theOneOfJavaHomeComesFirst() throws Exception {
    Result result = run(installed("home 25", "25.0.3"), installed("path 26", "26"));
    assertRan("home 25", result);
    assertEquals("", result.err());
  }

  @Test
  void theOneInPathIsTakenIfJavaHomesIsTooOldAndThatIsSaid() throws Exception {
    Result result = run(installed("home 17", "17.0.15"), installed("path 25", "25"));
    assertRan("path 25", result);
    assertTrue(result.err().contains("home 17/bin/java is 17.0.15"), result::err);
    assertTrue(result.err().contains("this runs on " + folder + "/path 25/bin/java"), result::err);
    assertEquals(1, result.err().lines().count(), result::err);
  }

  @Test
  void anOldOneIsNeverRun() throws Exception {
    // What is found then depends on the machine: here a JDK is there, as it runs the tests, or not.
    Result result = run(installed("home 8", "1.8.0_402"), installed("path 17", "17"), "-version");
    assertTrue(result.status() == 0 || result.status() == 127, result::err);
    assertTrue(result.err().contains("path 17/bin/java is 17"), result::err);
    assertTrue(!result.out().contains("ran "), result::out);
  }

  @Test
  void aShimWithoutAReleaseFileIsAsked() throws Exception {
    Path shim = pretended(folder.resolve("shim"), NO_RELEASE, "25.0.1");
    assertRan("shim", run(shim, shim));
    Path old = pretended(folder.resolve("old shim"), NO_RELEASE, "21.0.1");
    assertRan("shim", run(old, shim));
  }

  @Test
  void oneThatCannotLoadAgentsIsNotTaken() throws Exception {
    Path small = folder.resolve("small");
    pretended(
        small, List.of("JAVA_VERSION=\"25\"", "MODULES=\"java.base java.instrumental\""), "25");
    Path whole = folder.resolve("whole");
    pretended(whole, List.of("JAVA_VERSION=\"25\"", "MODULES=\"java.base java.instrument\""), "25");
    Result result = run(small, whole);
    assertRan("whole", result);
    assertTrue(result.err().contains("has no module java.instrument"), result::err);
  }

  @Test
  void oneThatCannotBeExecutedIs126() throws Exception {
    Path broken = installed("broken", "25");
    Files.write(broken.resolve("bin/java"), new byte[] {0x7f, 'E', 'L', 'F', 0, 0, 0, 0});
    assertEquals(126, run(broken, broken).status());
  }

  @Test
  void ourOptionsEndAtTheFirstOfJavas() throws Exception {
    Path java = installed("25", "25");
    String agent = "<-javaagent:" + checkout.agent().toRealPath();
    String access = "<--enable-native-access=ALL-UNNAMED>\n";
    assertEquals(
        "ran 25\n" + agent + ">\n" + access + "<-jar>\n<x>\n<--scope>\n<y>\n",
        run(java, java, "-jar", "x", "--scope", "y").out());
    assertEquals(
        "ran 25\n" + agent + "=scope=a*+b?+c,if-supported>\n" + access + "<--help>\n",
        run(java, java, "--scope", "a*,b?", "--if-supported", "--scope=c", "--", "--help").out());
    assertEquals(
        "ran 25\n" + agent + "=if-supported>\n" + access + "<>\n<a b>\n",
        run(java, java, "--if-supported", "", "a b").out());
  }

  @Test
  void aPlaceThatTheJvmWouldMisreadIsRefused() throws Exception {
    Checkout odd = new Checkout(folder.resolve("a=b"));
    ProcessBuilder builder = odd.builder(folder, odd.script(), "java", "-version");
    Result result = Checkout.run(builder);
    assertEquals(125, result.status());
    assertTrue(result.err().contains("move the checkout"), result::err);
  }
}
