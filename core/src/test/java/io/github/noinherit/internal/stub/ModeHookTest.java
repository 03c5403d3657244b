// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.RawFlags;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The hook of functions that take a mode as text: fopen, fopen64 and popen. */
@Counted
@Tag("aarch64")
final class ModeHookTest {
  private static final int ENOENT = 2;
  private static final int EINVAL = 22;
  private static final int F_GETFL = 3;
  private static final int O_ACCMODE = 3;
  private static final int O_APPEND = 0_2000;

  @TempDir Path folder;

  private final Arena arena = Arena.ofAuto();

  private static MemorySegment libc(String name) {
    return Native.symbol(name);
  }

  private static MemorySegment hook(String name) {
    return Probes.install(Hooks.addToMode(Platform.current(), Native.symbol(name).address()));
  }

  private long text(String text) {
    return arena.allocateFrom(text).address();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "r",
        "r+",
        "rb",
        "w",
        "w+",
        "wb+",
        "a",
        "a+b",
        "rm",
        "re",
        "r,ccs=UTF-8",
        "w+b,ccs=UTF-8"
      })
  void aStreamIsOpenedAsItsModeSays(String mode) throws Exception {
    long path = text(Files.writeString(folder.resolve("file"), "text").toString());
    for (String function : new String[] {"fopen", "fopen64"}) {
      int plain = openedBy(libc(function), path, mode);
      int hooked = openedBy(hook(function), path, mode);
      assertEquals(mode.contains("e"), plain < 0, "close-on-exec by the function itself");
      assertTrue(hooked < 0, "close-on-exec by the hook");
      assertEquals(plain & Integer.MAX_VALUE, hooked & Integer.MAX_VALUE, "access and O_APPEND");
    }
  }

  /** The access mode and O_APPEND of a stream's descriptor, and as its sign, close-on-exec. */
  private int openedBy(MemorySegment function, long path, String mode) {
    long stream = Probes.call(function, path, text(mode)).value();
    assertNotEquals(0, stream, mode);
    int fd = Probes.call(libc("fileno"), stream).intValue();
    int flags = Probes.call(libc("fcntl"), fd, F_GETFL, 0).intValue() & (O_ACCMODE | O_APPEND);
    boolean closeOnExec = RawFlags.isCloseOnExec(fd);
    assertEquals(0, Probes.call(libc("fclose"), stream).intValue());
    return closeOnExec ? flags | Integer.MIN_VALUE : flags;
  }

  /** Of any length: it is copied to the stack, which must stay aligned. */
  @Test
  void modesOfAllLengths() {
    MemorySegment opener = hook("fopen");
    MemorySegment aligned =
        Probes.install(Hooks.addToMode(Platform.current(), Probes.misalignment()));
    for (int length = 1; length < 100; length++) {
      String mode = "r" + "b".repeat(length - 1);
      long stream = Probes.call(opener, text("/dev/null"), text(mode)).value();
      assertNotEquals(0, stream);
      int fd = Probes.call(libc("fileno"), stream).intValue();
      assertTrue(RawFlags.isCloseOnExec(fd), mode);
      Probes.call(libc("fclose"), stream);
      assertEquals(Probes.ALIGNED, Probes.call(aligned, 0, text(mode)).intValue());
    }
  }

  /** What arrives at the function is the whole mode, and one character more. */
  @Test
  void nothingOfTheModeIsLost() {
    // char *strcpy(char *to, const char *from): "to" stands where a path does
    MemorySegment copy = hook("strcpy");
    MemorySegment buffer = arena.allocate(200);
    for (int length = 1; length < 100; length++) {
      StringBuilder mode = new StringBuilder();
      for (int i = 0; i < length; i++) {
        mode.append((char) ('!' + i % 90));
      }
      Probes.call(copy, buffer.address(), text(mode.toString()));
      assertEquals(mode.insert(1, 'e').toString(), buffer.getString(0));
    }
    Probes.call(copy, buffer.address(), text(""));
    assertEquals("", buffer.getString(0));
  }

  @Test
  void failuresAreThoseOfTheFunction() {
    for (String function : new String[] {"fopen", "fopen64"}) {
      for (MemorySegment code : new MemorySegment[] {libc(function), hook(function)}) {
        assertFails(ENOENT, Probes.call(code, text(folder + "/missing"), text("r")));
        assertFails(EINVAL, Probes.call(code, text("/dev/null"), text("q")));
        assertFails(EINVAL, Probes.call(code, text("/dev/null"), text("")));
      }
    }
    for (MemorySegment code : new MemorySegment[] {libc("popen"), hook("popen")}) {
      assertFails(EINVAL, Probes.call(code, text("exit"), text("q")));
      assertFails(EINVAL, Probes.call(code, text("exit"), text("")));
    }
  }

  private static void assertFails(int errno, CallResult result) {
    assertEquals(0, result.value());
    assertEquals(errno, result.errno());
  }

  @Test
  void commands() {
    for (String mode : new String[] {"r", "w"}) {
      assertFalse(isPipeCloseOnExec(libc("popen"), mode));
      assertTrue(isPipeCloseOnExec(hook("popen"), mode));
    }
  }

  private boolean isPipeCloseOnExec(MemorySegment popen, String mode) {
    long stream = Probes.call(popen, text("exit 3"), text(mode)).value();
    assertNotEquals(0, stream, mode);
    boolean flag = RawFlags.isCloseOnExec(Probes.call(libc("fileno"), stream).intValue());
    assertEquals(3 << 8, Probes.call(libc("pclose"), stream).intValue(), "the exit status");
    return flag;
  }
}
