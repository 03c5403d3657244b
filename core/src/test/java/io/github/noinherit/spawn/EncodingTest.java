// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.LeafReport;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Arguments, environment, folders and files in the encoding of the JVM's locale: a leaf sees the
 * very bytes that it sees when ProcessBuilder of the same JVM starts it; what the encoding lacks is
 * refused, and what came from outside undecodable goes on byte by byte.
 */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class EncodingTest {
  private static final String LATIN_1 = "en_US.ISO-8859-1";

  @TempDir Path folder;

  /**
   * FOLDER [CODE-POINT…]: starts leaves with this text everywhere, by ProcessBuilder, by Spawn made
   * from one, and by Spawn itself. Texts come as numbers, so that they arrive in every locale.
   */
  static final class Probe {
    public static void main(String[] arguments) throws Exception {
      StringBuilder characters = new StringBuilder();
      for (int i = 1; i < arguments.length; i++) {
        characters.appendCodePoint(Integer.parseInt(arguments[i]));
      }
      String text = characters.toString();
      File root = new File(arguments[0]);
      File directory = new File(root, "d" + text);
      System.out.println(directory.isDirectory() || directory.mkdir());
      System.out.println(builder(root, "theirs", text).start().waitFor());
      System.out.println(Spawn.from(builder(root, "from", text)).start().waitFor());
      ProcessBuilder same = builder(root, "ours", text);
      Spawn spawn = Spawn.command(same.command()).environment("N" + text, text);
      spawn.directory(directory.toPath()).stdout(same.redirectOutput()).redirectErrorStream(true);
      System.out.println(spawn.start().waitFor());
    }

    private static ProcessBuilder builder(File root, String report, String text) {
      File directory = new File(root, "d" + text);
      ProcessBuilder builder =
          new ProcessBuilder(
              Leaf.program().toString(),
              "--report",
              new File(root, report).toString(),
              "a" + text,
              text);
      builder.environment().put("N" + text, text);
      builder.directory(directory);
      return builder.redirectOutput(new File(directory, "out" + text)).redirectErrorStream(true);
    }
  }

  /** CODE-POINT…: says what is refused. */
  static final class Refused {
    private interface Call {
      void run() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
      String text = Character.toString(Integer.parseInt(arguments[0]));
      Spawn spawn = Spawn.command("true");
      say(() -> Spawn.command("true", text).start());
      say(() -> Spawn.command("true" + text).start());
      say(() -> spawn.environment("N", text));
      say(() -> spawn.environment("N" + text, "v"));
      say(() -> Spawn.command("true").stdin(ProcessBuilder.Redirect.from(new File(text))).start());
      System.out.println(spawn.start().waitFor());
    }

    private static void say(Call call) throws Exception {
      try {
        call.run();
        System.out.println("accepted");
      } catch (IllegalArgumentException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  private static ChildJvm jvm(Class<?> main, String locale) {
    return Ways.same(ChildJvm.of(main)).locale(locale);
  }

  private static void assumeLocale(String locale) throws Exception {
    if (locale.equals(LATIN_1)) {
      Process list = new ProcessBuilder("locale", "-a").start();
      try (var out = list.inputReader()) {
        boolean there = out.lines().anyMatch("en_US.iso88591"::equals);
        String how = "missing: the locale " + LATIN_1 + " (localedef -i en_US -f ISO-8859-1)";
        boolean required = String.valueOf(System.getenv("NOINHERIT_REQUIRE")).contains("linux");
        assertTrue(there || !required, how);
        assumeTrue(there, how);
      }
    }
  }

  private LeafReport report(String name) throws IOException {
    return LeafReport.read(folder.resolve(name));
  }

  @ParameterizedTest
  @CsvSource({
    "C.UTF-8, 'é ü € 漢 😀'",
    "C.UTF-8, plain",
    "POSIX, plain",
    "en_US.ISO-8859-1, 'é ü ÿ'"
  })
  void theChildSeesTheBytesThatProcessBuilderWrites(String locale, String text) throws Exception {
    assumeLocale(locale);
    List<String> arguments = new ArrayList<>(List.of(folder.toString()));
    text.codePoints().forEach(c -> arguments.add("" + c));
    ChildJvm jvm = jvm(Probe.class, locale).arguments(arguments.toArray(String[]::new));
    assertEquals(List.of("true", "0", "0", "0"), jvm.run().outOrThrow().lines().toList());
    LeafReport theirs = report("theirs");
    for (LeafReport ours : List.of(report("from"), report("ours"))) {
      assertEquals(tail(theirs.escapedArguments()), tail(ours.escapedArguments()));
      assertEquals(sorted(theirs.escapedEnvironment()), sorted(ours.escapedEnvironment()));
      assertEquals(theirs.escapedDirectory(), ours.escapedDirectory());
      assertTrue(
          theirs.table().get(1).orElseThrow().sameFile(ours.table().get(1).orElseThrow()),
          () -> theirs.table() + "\n" + ours.table());
    }
    if (locale.equals(LATIN_1)) {
      assertEquals("\\xe9 \\xfc \\xff", theirs.escapedArguments().getLast());
    }
  }

  /** Without the program, --report and the report's name, which differs. */
  private static List<String> tail(List<String> arguments) {
    return arguments.subList(3, arguments.size());
  }

  private static List<String> sorted(List<String> environment) {
    return environment.stream().sorted().toList();
  }

  @ParameterizedTest
  @CsvSource({"POSIX, é", "POSIX, 漢", "en_US.ISO-8859-1, 漢", "en_US.ISO-8859-1, €"})
  void whatTheEncodingLacksIsRefusedWithTheRemedy(String locale, String text) throws Exception {
    assumeLocale(locale);
    List<String> lines =
        jvm(Refused.class, locale)
            .arguments("" + text.codePointAt(0))
            .run()
            .outOrThrow()
            .lines()
            .toList();
    assertEquals(6, lines.size(), lines::toString);
    for (String line : lines.subList(0, 5)) {
      assertTrue(line.contains("LC_ALL=C.UTF-8"), lines::toString);
    }
    // and nothing of it stayed
    assertEquals("0", lines.getLast());
  }

  @ParameterizedTest
  @ValueSource(strings = {"POSIX", "C.UTF-8"})
  void whatCameUndecodableFromOutsideGoesOnByteByByte(String locale) throws Exception {
    ChildJvm jvm = jvm(Probe.class, locale).arguments(folder.toString(), "120");
    List<String> command = new ArrayList<>();
    // LISTEN_FDNAMES too, which Spawn takes out: that must not fail either
    command.addAll(
        List.of(
            "sh",
            "-c",
            "export RAW=$(printf 'a\\377\\303\\050b') LISTEN_FDNAMES=$(printf '\\377') LC_ALL="
                + locale
                + "; exec \"$@\"",
            "sh"));
    command.addAll(jvm.command());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    List<String> lines;
    try (var out = process.inputReader()) {
      lines = out.lines().toList();
    }
    assertEquals(List.of("true", "0", "0", "0"), lines);
    for (LeafReport ours : List.of(report("from"), report("ours"))) {
      assertTrue(
          ours.escapedEnvironment().contains("RAW=a\\xff\\xc3(b"),
          ours.escapedEnvironment()::toString);
      assertFalse(
          ours.escapedEnvironment().stream().anyMatch(v -> v.startsWith("LISTEN_FDNAMES=")),
          ours.escapedEnvironment()::toString);
    }
    assertEquals(0, process.waitFor());
  }
}
