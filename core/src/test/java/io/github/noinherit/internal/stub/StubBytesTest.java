// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.CProgram;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bytes of each stub are what an assembler makes of the assembly in the comment above them. */
final class StubBytesTest {
  private static final Pattern BEGIN = Pattern.compile(" *\\* asm ([a-z0-9 ]+) \\(.*\\)");

  @TempDir Path folder;

  @Test
  @Needs(Need.ASSEMBLER)
  void x86Stubs() throws Exception {
    assumeTrue(Platform.current() == Platform.LINUX_X86_64, "as is not for x86-64 here");
    Map<String, String> assembly = assembly("X86Stubs");
    String head = ".intel_syntax noprefix\n";
    assertSame(head, assembly.get("spawn"), "", Stub.spawn(Platform.LINUX_X86_64));
    assertSame(
        head, assembly.get("global reference"), "", Stub.globalReference(Platform.LINUX_X86_64));
    assertEquals(2, assembly.size(), "a stub without a test: " + assembly.keySet());
  }

  @Test
  void aarch64Stubs() throws Exception {
    String prefix = aarch64Assembler();
    Map<String, String> assembly = assembly("Aarch64Stubs");
    String head = ".arch armv8.5-a\n";
    assertSame(head, assembly.get("spawn"), prefix, Stub.spawn(Platform.LINUX_AARCH64));
    assertSame(
        head,
        assembly.get("global reference"),
        prefix,
        Stub.globalReference(Platform.LINUX_AARCH64));
    assertEquals(2, assembly.size(), "a stub without a test: " + assembly.keySet());
  }

  /** The prefix of the tools' names. Where they must be there, a lack is a failure. */
  private static String aarch64Assembler() {
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

  private void assertSame(String head, String assembly, String prefix, byte[] bytes)
      throws Exception {
    assertNotNull(assembly);
    Path source = Files.writeString(folder.resolve("stub.s"), head + ".text\n" + assembly);
    CProgram.tool(folder, prefix + "as", "-o", "stub.o", source.toString());
    CProgram.tool(folder, prefix + "objcopy", "-O", "binary", "-j", ".text", "stub.o", "stub.bin");
    HexFormat hex = HexFormat.of();
    assertEquals(
        hex.formatHex(Files.readAllBytes(folder.resolve("stub.bin"))), hex.formatHex(bytes));
  }

  /** The assembly in the comments of a source file, by the stub's name. */
  private static Map<String, String> assembly(String className) throws Exception {
    Path file =
        Path.of("src/main/java/io/github/noinherit/internal/stub").resolve(className + ".java");
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
