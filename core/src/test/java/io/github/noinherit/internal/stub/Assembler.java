// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.CProgram;
import io.github.noinherit.internal.ffi.Platform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** GNU as, and the assembly that stands in comments above the bytes that it should make. */
record Assembler(String head, String prefix) {
  private static final Pattern BEGIN = Pattern.compile(" *\\* asm ([a-z0-9 ]+) \\(.*\\)");

  /** The one for x86-64; the test is skipped on another machine. */
  static Assembler x86() {
    assumeTrue(Platform.current() == Platform.LINUX_X86_64, "as is not for x86-64 here");
    return new Assembler(".intel_syntax noprefix\n", "");
  }

  /**
   * The one for aarch64, a cross assembler elsewhere. Where it must be there, a lack is a failure.
   */
  static Assembler aarch64() {
    return new Assembler(".arch armv8.5-a\n", aarch64Prefix());
  }

  private static String aarch64Prefix() {
    if (Platform.current() == Platform.LINUX_AARCH64) {
      return "";
    }
    String path = System.getenv("PATH");
    boolean found =
        path != null
            && List.of(path.split(":", -1)).stream()
                .anyMatch(f -> Files.isExecutable(Path.of(f, "aarch64-linux-gnu-as")));
    String required = System.getenv("NOINHERIT_REQUIRE");
    if (required == null || !required.contains("linux")) {
      assumeTrue(
          found, "missing: aarch64-linux-gnu-as (Debian: binutils-aarch64-linux-gnu) in PATH");
    }
    return "aarch64-linux-gnu-";
  }

  /** Fails unless the assembly makes these bytes. */
  void assertMakes(String name, @Nullable String assembly, byte[] bytes, Path folder)
      throws Exception {
    assertNotNull(assembly, name + " has no assembly");
    Path source = Files.writeString(folder.resolve("stub.s"), head + ".text\n" + assembly);
    CProgram.tool(folder, prefix + "as", "-o", "stub.o", source.toString());
    CProgram.tool(folder, prefix + "objcopy", "-O", "binary", "-j", ".text", "stub.o", "stub.bin");
    HexFormat hex = HexFormat.of();
    assertEquals(
        hex.formatHex(Files.readAllBytes(folder.resolve("stub.bin"))), hex.formatHex(bytes), name);
  }

  /** The assembly in the comments of a source file of this package, by the name it has there. */
  static Map<String, String> comments(String sources, String className) throws Exception {
    Path file = Path.of(sources, "io/github/noinherit/internal/stub", className + ".java");
    Map<String, String> stubs = new LinkedHashMap<>();
    String name = null;
    StringBuilder text = new StringBuilder();
    for (String line : Files.readAllLines(file)) {
      Matcher begin = BEGIN.matcher(line);
      if (begin.matches()) {
        name = begin.group(1);
        text.setLength(0);
      } else if (name != null && line.strip().equals("* end")) {
        stubs.put(name, text.toString());
        name = null;
      } else if (name != null) {
        text.append(line.replaceFirst("^ *\\* ?", "")).append('\n');
      }
    }
    return stubs;
  }
}
