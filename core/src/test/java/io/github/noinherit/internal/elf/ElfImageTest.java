// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.CProgram;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a small library imports in each way a compiler knows, and what is said of no library. */
@Needs(Need.COMPILER)
class ElfImageTest {
  private static final String SOURCE =
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <fcntl.h>
      #include <sys/socket.h>
      #include <unistd.h>
      int (*in_data)(int) = dup;
      static void *kept;
      int called(void) { return socket(1, 2, 3); }
      void *taken(void) { return (void *) pipe; }
      void found(void) { kept = dlsym(RTLD_DEFAULT, "openat64"); }
      const char *word(void) { return "not accept4"; }
      int creat(const char *path, mode_t mode) { return -1; }
      int own(void) { return creat("", 0); }
      """;

  @TempDir static Path folder;

  @BeforeAll
  static void compile() throws Exception {
    Path source = folder.resolve("lib.c");
    Files.writeString(source, SOURCE);
    library("lazy.so", "-Wl,-z,lazy");
    library("now.so", "-Wl,-z,now");
    library("noplt.so", "-fno-plt");
    library("old.so", "-Wl,-z,noseparate-code", "-Wl,--hash-style=sysv", "-Wl,-z,norelro");
  }

  private static void library(String name, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of("cc", "-O2", "-shared", "-fPIC"));
    command.addAll(List.of(options));
    command.addAll(List.of("-o", folder.resolve(name).toString(), folder + "/lib.c"));
    CProgram.tool(folder, command.toArray(String[]::new));
    CProgram.tool(folder, "strip", "--strip-all", folder.resolve(name).toString());
  }

  private static ByteBuffer bytes(String name) throws Exception {
    return ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name))).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ElfNames names() {
    return new ElfNames(Set.of("dup", "socket", "pipe", "creat", "openat64", "accept4"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"lazy.so", "now.so", "noplt.so", "old.so"})
  void importsAreFoundHoweverTheyAreMade(String name) throws Exception {
    ElfImage image = ElfImage.ofFile(bytes(name));
    String relocations = CProgram.tool(folder, "readelf", "-rW", folder.resolve(name).toString());
    assertEquals(Set.of("dup", "socket", "pipe"), image.importedNames(names()));
    List<ElfImport> imports = image.imports(names());
    assertEquals(3, imports.size(), imports::toString);
    for (ElfImport i : imports) {
      String line = String.format("(?s).*%016x[^\n]* %s[@ ].*", i.slot(), i.name());
      assertTrue(relocations.matches(line), () -> i + " is not in\n" + relocations);
      assertTrue(image.writableRanges().stream().anyMatch(r -> r.contains(i.slot())), i::toString);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lazy.so", "now.so", "noplt.so", "old.so"})
  void constantsAreFound(String name) throws Exception {
    ElfImage image = ElfImage.ofFile(bytes(name));
    assertTrue(image.hasString("openat64"));
    assertTrue(image.hasString("accept4"), "the end of a longer one");
    assertFalse(image.hasString("socket"), "the name of an import");
    assertFalse(image.hasString("penat65"));
    Set<String> both = Set.of("openat64", "accept4");
    assertEquals(Set.of("openat64"), image.strings(both, false));
    assertEquals(both, image.strings(both, true));
  }

  @Test
  void whatIsMadeReadOnly() throws Exception {
    ElfImage now = ElfImage.ofFile(bytes("now.so"));
    for (ElfImport i : now.imports(names())) {
      assertEquals(!i.name().equals("dup"), now.isRelro(i.slot()), i::toString); // dup: in .data
    }
    ElfImage old = ElfImage.ofFile(bytes("old.so"));
    assertEquals(0, old.relro().end() - old.relro().start());
    assertEquals(now.machine(), old.machine());
  }

  /** Once as it is laid out, once with the pointers that glibc relocates. */
  @ParameterizedTest
  @ValueSource(longs = {0, 0x7f12_3456_7000L})
  void theSameFromMemory(long base) throws Exception {
    ByteBuffer file = bytes("now.so");
    ElfImage ofFile = ElfImage.ofFile(file);
    ByteBuffer memory = loaded(file);
    relocate(file, memory, base);
    ElfImage ofMemory = ElfImage.ofMemory(memory, base == 0 ? Long.MAX_VALUE : base);
    assertEquals(ofFile.imports(names()), ofMemory.imports(names()));
    assertEquals(ofFile.memorySize(), ofMemory.memorySize());
    assertTrue(ofMemory.hasString("openat64"));
  }

  /** A file as the dynamic linker lays it out. */
  static ByteBuffer loaded(ByteBuffer file) throws ElfException {
    ByteBuffer memory =
        ByteBuffer.allocate((int) ElfImage.ofFile(file).memorySize())
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < file.getShort(56); i++) {
      int header = (int) file.getLong(32) + i * 56;
      if (file.getInt(header) == 1) { // PT_LOAD
        memory.put(
            (int) file.getLong(header + 16),
            file,
            (int) file.getLong(header + 8),
            (int) file.getLong(header + 32));
      }
    }
    return memory;
  }

  private static void relocate(ByteBuffer file, ByteBuffer memory, long base) {
    for (int i = 0; i < file.getShort(56); i++) {
      int header = (int) file.getLong(32) + i * 56;
      if (file.getInt(header) == 2) { // PT_DYNAMIC
        int at = (int) file.getLong(header + 16);
        for (; memory.getLong(at) != 0; at += 16) {
          if (Set.of(5L, 6L, 7L, 23L).contains(memory.getLong(at))) {
            memory.putLong(at + 8, memory.getLong(at + 8) + base);
          }
        }
      }
    }
  }

  @Test
  void whatCannotBeReadIsNamed() throws Exception {
    assertSays("does not begin", b -> b.put(0, (byte) 'M'));
    assertSays("64-bit", b -> b.put(4, (byte) 1));
    assertSays("little-endian", b -> b.put(5, (byte) 2));
    assertSays("machine 243", b -> b.putShort(18, (short) 243));
    assertSays("no dynamic section", ElfImageTest::withoutDynamic);
    assertSays("longer than the image", b -> b.limit(100));
    assertSays("outside of the image", b -> b.putLong(32, Long.MAX_VALUE - 8));
  }

  private static void withoutDynamic(ByteBuffer file) {
    for (int i = 0; i < file.getShort(56); i++) {
      int header = (int) file.getLong(32) + i * 56;
      if (file.getInt(header) == 2) {
        file.putInt(header, 0);
      }
    }
  }

  private static void assertSays(String words, Consumer<ByteBuffer> change) throws Exception {
    ByteBuffer file = bytes("now.so");
    change.accept(file);
    ElfException e = assertThrows(ElfException.class, () -> ElfImage.ofFile(file));
    assertTrue(String.valueOf(e.getMessage()).contains(words), e::toString);
  }
}
