// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.noinherit.CProgram;
import io.github.noinherit.inspect.ImportAudit.Access;
import io.github.noinherit.inspect.ImportAudit.Creator;
import io.github.noinherit.inspect.ImportAudit.State;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each creator of handles in each JDK at hand is known; one that is not is reported. */
class ImportAuditTest {
  @TempDir Path home;

  @Test
  @Tag("every-jdk")
  void theJdkThatRunsIsKnown() throws Exception {
    ImportAudit audit = ImportAudit.of(Path.of(System.getProperty("java.home")));
    assertComplete(audit);
    assertEquals(State.COVERED, state(audit, "libnio.so", "socket"));
    assertEquals(State.COVERED, state(audit, "libjava.so", "pipe"));
    assertEquals(State.LISTED, state(audit, "libjava.so", "dup2"));
    assertTrue(
        audit.creators().stream()
            .anyMatch(c -> c.access() == Access.LOOKED_UP && c.function().equals("openat64")),
        () -> "libnio's openat64: " + audit.creators());
  }

  /** Another vendor's spellings: open and __open_2 where Temurin has open64. */
  @Test
  void debiansJdk17IsKnown() throws Exception {
    ImportAudit audit = ImportAudit.of(debiansJdk17());
    assertComplete(audit);
    assertEquals(State.COVERED, state(audit, "libzip.so", "open"));
    assertEquals(State.COVERED, state(audit, "libnio.so", "__open_2"));
    assertEquals(State.COVERED, state(audit, "libjli.so", "fopen"));
  }

  private static Path debiansJdk17() throws IOException {
    Path folder = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(folder)) {
      try (Stream<Path> all = Files.list(folder)) {
        for (Path jdk : all.sorted().toList()) {
          if (jdk.getFileName().toString().matches("java-17-openjdk-(amd64|arm64)")
              && Files.exists(jdk.resolve("lib/libnio.so"))) {
            return jdk;
          }
        }
      }
    }
    return abort("missing: " + folder + "/java-17-openjdk-…, Debian's JDK 17");
  }

  /** The JDK's own libraries by another reader: nm, of binutils. */
  @Test
  @Needs(Need.ASSEMBLER) // binutils too
  void nmSaysTheSame() throws Exception {
    ImportAudit audit = ImportAudit.of(Path.of(System.getProperty("java.home")));
    Set<String> functions =
        audit.creators().stream().map(Creator::function).collect(Collectors.toSet());
    for (String library : audit.libraries()) {
      Path file = audit.javaHome().resolve("lib").resolve(library);
      Set<String> byNm =
          CProgram.tool(home, "nm", "-D", "--undefined-only", file.toString())
              .lines()
              .map(line -> line.strip().replaceFirst(". ([^@]+).*", "$1"))
              .filter(functions::contains)
              .collect(Collectors.toSet());
      Set<String> byAudit =
          audit.creators().stream()
              .filter(c -> c.library().equals(library) && c.access() == Access.IMPORTED)
              .map(Creator::function)
              .collect(Collectors.toSet());
      assertEquals(byNm, byAudit, library);
    }
  }

  @Test
  @Needs(Need.COMPILER)
  void anUnknownCreatorIsOpen() throws Exception {
    library("libfake.so", "int userfaultfd(int); int f(void) { return userfaultfd(0); }");
    library("libknown.so", "int socket(int, int, int); int f(void) { return socket(0, 0, 0); }");
    ImportAudit audit = ImportAudit.of(home);
    assertFalse(audit.isComplete());
    assertEquals(List.of("libfake.so", "libknown.so"), audit.libraries());
    assertEquals(State.OPEN, state(audit, "libfake.so", "userfaultfd"));
    assertEquals(State.COVERED, state(audit, "libknown.so", "socket"));
  }

  @Test
  @Needs(Need.COMPILER)
  void anUnknownLookUpIsOpen() throws Exception {
    String found = "void *dlsym(void *, const char *); void *f(void) { return dlsym(0, \"%s\"); }";
    String same = "int %1$s(int, int); int g(void) { return %1$s(0, 0); } " + found;
    library("libname.so", found.formatted("memfd_create"));
    library("libword.so", found.formatted("accept"));
    library("libpart.so", found.formatted("do not accept"));
    library("libtail.so", found.formatted("my_memfd_create"));
    library("libboth.so", same.replace("%s", "open").replace("%1$s", "open64"));
    ImportAudit audit = ImportAudit.of(home);
    Set<Creator> lookedUp =
        audit.creators().stream()
            .filter(c -> c.access() == Access.LOOKED_UP)
            .collect(Collectors.toSet());
    List<String> open = new ArrayList<>();
    for (Creator c : lookedUp) {
      assertEquals(State.OPEN, c.state(), c::toString);
      open.add(c.library() + " " + c.function());
    }
    assertEquals(
        Set.of("libname.so memfd_create", "libword.so accept", "libtail.so memfd_create"),
        Set.copyOf(open));
  }

  @Test
  void whatIsNoJavaIsRefused() throws Exception {
    assertThrows(NoSuchFileException.class, () -> ImportAudit.of(home));
    Path lib = Files.createDirectory(home.resolve("lib"));
    assertSays("no library");
    Files.writeString(lib.resolve("libfake.so"), "no library");
    assertSays("libfake.so: no ELF image");
  }

  private void assertSays(String words) {
    IOException e = assertThrows(IOException.class, () -> ImportAudit.of(home));
    assertTrue(String.valueOf(e.getMessage()).contains(words), e::toString);
  }

  private void library(String name, String source) throws Exception {
    Path lib = Files.createDirectories(home.resolve("lib"));
    Path file = home.resolve("lib.c");
    Files.writeString(file, source);
    CProgram.tool(
        home, "cc", "-shared", "-fPIC", "-o", lib.resolve(name).toString(), file.toString());
  }

  private static State state(ImportAudit audit, String library, String function) {
    for (Creator c : audit.creators()) {
      if (c.library().equals(library) && c.function().equals(function)) {
        return c.state();
      }
    }
    throw new AssertionError(library + " has no " + function + ": " + audit.creators());
  }

  private static void assertComplete(ImportAudit audit) {
    assertTrue(audit.libraries().size() > 10, () -> "libraries: " + audit.libraries());
    assertEquals(
        List.of(), audit.creators().stream().filter(c -> c.state() == State.OPEN).toList());
    assertTrue(audit.isComplete());
    for (Creator c : audit.creators()) {
      assertEquals(c.state() == State.COVERED, c.reason().isEmpty(), c::toString);
    }
  }
}
