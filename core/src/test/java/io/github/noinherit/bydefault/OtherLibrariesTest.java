// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.CProgram;
import io.github.noinherit.NoInherit;
import io.github.noinherit.Protection;
import io.github.noinherit.Scope;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import io.github.noinherit.testkit.RawFlags;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Native libraries that are not the JDK's.
 *
 * <p>How this works: a library is compiled that opens a file in its JNI_OnLoad and keeps the
 * number, and whose function {@code more} opens another. It is built as different tools build:
 * bound when it is loaded, bound at the first call (lazy), and without a procedure linkage table
 * (-fno-plt). The flags of its files are asked of the kernel.
 */
@Needs(Need.COMPILER)
@Tag("unprotected")
final class OtherLibrariesTest {
  private static final String SOURCE =
      """
      #include <fcntl.h>
      #include <sys/socket.h>
      static int first = -1;
      int JNI_OnLoad(void *vm, void *reserved) {
        first = open("/dev/null", O_RDONLY);
        return 0x00010008;
      }
      int onLoad(void) { return first; }
      int more(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
      """;

  private static int number;

  @TempDir Path folder;

  /** A fresh library: one that was loaded once stays loaded. */
  private Path build(String flags) throws Exception {
    String name = "libother" + ++number + ".so";
    Path source = Files.writeString(folder.resolve("other.c"), SOURCE);
    CProgram.tool(folder, "cc", "-shared", "-fPIC", "-O2", flags, "-o", name, source.toString());
    return folder.resolve(name);
  }

  private static int call(Path library, String function) throws Throwable {
    MethodHandle handle =
        Linker.nativeLinker()
            .downcallHandle(
                SymbolLookup.libraryLookup(library, Arena.global()).findOrThrow(function),
                FunctionDescriptor.of(ValueLayout.JAVA_INT));
    return (int) handle.invokeExact();
  }

  private static boolean isCloseOnExec(int fd) {
    assertTrue(fd > 2, "the library could not open: " + fd);
    try {
      return RawFlags.isCloseOnExec(fd);
    } finally {
      RawFlags.close(fd);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-Wl,-z,now", "-Wl,-z,lazy", "-fno-plt"})
  void aNamedLibraryIsCoveredBeforeItsOnLoadRuns(String flags) throws Throwable {
    Path library = build(flags);
    Protection p = NoInherit.byDefault(Scope.alsoLibraries("libother*.so"));
    try {
      System.load(library.toString());
      assertTrue(isCloseOnExec(call(library, "onLoad")));
      assertTrue(isCloseOnExec(call(library, "more")));
      List<String> functions =
          p.covered().stream()
              .filter(c -> c.library().equals(library.getFileName().toString()))
              .map(Protection.Covered::function)
              .sorted()
              .toList();
      assertEquals(List.of("open", "socket"), functions);
    } finally {
      p.remove();
    }
    assertFalse(isCloseOnExec(call(library, "more")), "as before, once it is removed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-Wl,-z,now", "-Wl,-z,lazy", "-fno-plt"})
  void aLibraryThatNobodyNamedIsLeftAlone(String flags) throws Throwable {
    Path library = build(flags);
    Protection p = NoInherit.byDefault();
    try {
      System.load(library.toString());
      assertFalse(isCloseOnExec(call(library, "onLoad")));
      assertFalse(isCloseOnExec(call(library, "more")));
    } finally {
      p.remove();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-Wl,-z,now", "-Wl,-z,lazy", "-fno-plt"})
  void aLibraryIsCoveredByItsPath(String flags) throws Throwable {
    Path library = build(flags);
    Protection p = NoInherit.protectLibrary(library);
    try {
      System.load(library.toString());
      assertTrue(isCloseOnExec(call(library, "onLoad")));
      assertTrue(isCloseOnExec(call(library, "more")));
    } finally {
      p.remove();
    }
    assertFalse(isCloseOnExec(call(library, "more")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-Wl,-z,now", "-Wl,-z,lazy", "-fno-plt"})
  void oneThatIsLoadedAlreadyIsCoveredAtOnce(String flags) throws Throwable {
    Path library = build(flags);
    System.load(library.toString());
    assertFalse(isCloseOnExec(call(library, "onLoad")));
    Protection byName = NoInherit.byDefault(Scope.alsoLibraries("libother" + number + ".so"));
    try {
      assertTrue(isCloseOnExec(call(library, "more")), "by name");
    } finally {
      byName.remove();
    }
    Protection byPath = NoInherit.protectLibrary(library);
    try {
      assertTrue(isCloseOnExec(call(library, "more")), "by path");
    } finally {
      byPath.remove();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"no such library", "no library at all"})
  void whatCannotBeLoadedIsAnError(String what) throws Exception {
    Path library = folder.resolve("libnone.so");
    if (what.equals("no library at all")) {
      Files.writeString(library, "text");
    }
    assertThrows(IOException.class, () -> NoInherit.protectLibrary(library));
    Protection p = NoInherit.byDefault(Scope.alsoLibraries("libnone.so"));
    try {
      UnsatisfiedLinkError e =
          assertThrows(UnsatisfiedLinkError.class, () -> System.load(library.toString()));
      assertFalse(e.getMessage().contains("noinherit"), "the JDK's own error: " + e.getMessage());
    } finally {
      p.remove();
    }
  }

  /**
   * The hook of library loading calls Java, and what that throws comes out of System.load. The
   * library has changed its own pointer to {@code open}, as a tool that patches tables would.
   */
  @Test
  void oneThatAnotherToolHasPatchedIsNotLoaded() throws Exception {
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "the library has x86-64 assembly");
    Path source =
        Files.writeString(
            folder.resolve("patched.c"),
            """
            #include <fcntl.h>
            #include <math.h>
            #include <sys/mman.h>
            __attribute__((constructor)) static void patch(void) {
              void **slot;
              __asm__("lea open@GOTPCREL(%rip), %0" : "=r"(slot));
              mprotect((void *) ((unsigned long) slot & ~4095UL), 4096, PROT_READ | PROT_WRITE);
              *slot = (void *) sin;
            }
            int JNI_OnLoad(void *vm, void *reserved) {
              return open("/dev/null", O_RDONLY) + 0x00010008;
            }
            """
                .replace("(%rip)", "(%%rip)"));
    Path library = folder.resolve("libpatched.so");
    CProgram.tool(
        folder,
        "cc",
        "-shared",
        "-fPIC",
        "-fno-plt",
        "-Wl,-z,now",
        "-o",
        library.toString(),
        source.toString(),
        "-lm");
    Protection p = NoInherit.byDefault(Scope.alsoLibraries("libpatched*"));
    try {
      for (int i = 0; i < 3; i++) {
        UnsatisfiedLinkError e =
            assertThrows(UnsatisfiedLinkError.class, () -> System.load(library.toString()));
        assertTrue(e.getMessage().contains("another tool has changed it"), e.getMessage());
        assertTrue(e.getMessage().contains("libm"), e.getMessage());
      }
      Thread virtual =
          Thread.ofVirtual()
              .start(
                  () ->
                      assertThrows(
                          UnsatisfiedLinkError.class, () -> System.load(library.toString())));
      virtual.join();
    } finally {
      p.remove();
    }
  }
}
