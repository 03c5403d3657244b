// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bytes of each stub and hook, and of the tests' own probes, are what an assembler makes of the
 * assembly in the comment above them.
 */
final class StubBytesTest {
  private static final String MAIN = "src/main/java";
  private static final String TEST = "src/test/java";

  @TempDir Path folder;

  @Test
  @Needs(Need.ASSEMBLER)
  void x86Stubs() throws Exception {
    assertStubs(Assembler.x86(), "X86Stubs", Platform.LINUX_X86_64);
  }

  @Test
  void aarch64Stubs() throws Exception {
    assertStubs(Assembler.aarch64(), "Aarch64Stubs", Platform.LINUX_AARCH64);
  }

  @Test
  @Needs(Need.ASSEMBLER)
  void x86Hooks() throws Exception {
    assertConstants(Assembler.x86(), MAIN, X86Hooks.class);
    assertConstants(Assembler.x86(), TEST, X86Probes.class);
  }

  @Test
  void aarch64Hooks() throws Exception {
    assertConstants(Assembler.aarch64(), MAIN, Aarch64Hooks.class);
    assertConstants(Assembler.aarch64(), TEST, Aarch64Probes.class);
  }

  /** Each hook is there for both instruction sets. */
  @Test
  void bothMachinesHaveTheSameHooks() {
    assertEquals(names(X86Hooks.class), names(Aarch64Hooks.class));
    assertEquals(names(X86Probes.class), names(Aarch64Probes.class));
  }

  private void assertStubs(Assembler assembler, String className, Platform platform)
      throws Exception {
    Map<String, String> assembly = Assembler.comments(MAIN, className);
    assembler.assertMakes("spawn", assembly.get("spawn"), Stub.spawn(platform), folder);
    assembler.assertMakes(
        "global reference",
        assembly.get("global reference"),
        Stub.globalReference(platform),
        folder);
    assembler.assertMakes("calls", assembly.get("calls"), Stub.calls(platform), folder);
    assembler.assertMakes(
        "system calls", assembly.get("system calls"), Stub.systemCalls(platform), folder);
    assertEquals(4, assembly.size(), "a stub without a test: " + assembly.keySet());
  }

  private void assertConstants(Assembler assembler, String sources, Class<?> hooks)
      throws Exception {
    Map<String, String> assembly = Assembler.comments(sources, hooks.getSimpleName());
    for (Field constant : constants(hooks)) {
      String name = constant.getName().toLowerCase(Locale.ROOT).replace('_', ' ');
      byte[] bytes = HexFormat.of().parseHex((String) constant.get(null));
      assembler.assertMakes(name, assembly.remove(name), bytes, folder);
    }
    assertEquals(Set.of(), assembly.keySet(), "assembly without bytes");
  }

  private static Set<String> names(Class<?> hooks) {
    Set<String> names = new TreeSet<>();
    for (Field constant : constants(hooks)) {
      names.add(constant.getName());
    }
    return names;
  }

  private static List<Field> constants(Class<?> hooks) {
    List<Field> constants = new ArrayList<>();
    for (Field field : hooks.getDeclaredFields()) {
      if (field.getType() == String.class) {
        constants.add(field);
      }
    }
    return constants;
  }
}
