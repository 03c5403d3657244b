// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.Posix;
import org.junit.jupiter.api.Test;

/** The one call shape, and what comes back through it. */
final class NativeCallTest {
  @Test
  void anIntResultIsCutOutOfTheRegister() {
    // the upper half of the register is rubbish by the ABI
    CallResult minusOne = new CallResult(0x12345678_ffffffffL, Errno.EBADF);
    assertEquals(-1, minusOne.intValue());
    assertTrue(minusOne.failed());
    CallResult zero = new CallResult(0xdeadbeef_00000000L, 0);
    assertEquals(0, zero.intValue());
    assertFalse(zero.failed());
    assertFalse(new CallResult(0xffffffff_7fffffffL, 0).failed());
  }

  @Test
  void aNegativeIntArrivesAsInt() {
    // abs(-5), whose argument is an int: the callee must see it as one
    assertEquals(5, Native.call(Native.symbol("abs"), -5).intValue());
    assertEquals(7, Native.call(Native.symbol("labs"), -7).value());
  }

  @Test
  void errnoIsThatOfTheCall() throws SystemCallException {
    CallResult bad = Posix.close(-1);
    assertTrue(bad.failed());
    assertEquals(Errno.EBADF, bad.errno());
    SystemCallException e =
        assertThrows(SystemCallException.class, () -> bad.orThrow("close(%d)", -1));
    assertEquals("close(-1): EBADF (9) Bad file descriptor", e.getMessage());
    assertEquals(3, new CallResult(3, Errno.EBADF).orThrow("not formatted %d"));
  }

  @Test
  void errnosOfThreadsAreApart() throws InterruptedException {
    Thread[] threads = new Thread[4];
    int[] wrong = new int[threads.length];
    for (int i = 0; i < threads.length; i++) {
      int place = i;
      threads[i] =
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int n = 0; n < 2_000; n++) {
                      boolean close = place % 2 == 0;
                      CallResult result =
                          close
                              ? Posix.close(-1)
                              : Posix.socket(Posix.AF_UNIX, -1, 0); // no such type
                      int expected = close ? Errno.EBADF : Errno.EINVAL;
                      wrong[place] += result.errno() == expected ? 0 : 1;
                    }
                  });
    }
    for (int i = 0; i < threads.length; i++) {
      threads[i].join();
      assertEquals(0, wrong[i]);
    }
  }

  @Test
  void allSixArgumentsArrive() {
    // syscall(SYS_mmap, …) style: snprintf is variadic and takes them all
    try (var arena = java.lang.foreign.Arena.ofConfined()) {
      var out = arena.allocate(200);
      var format = arena.allocateFrom("%ld %ld %ld");
      Native.call(Native.symbol("snprintf"), out.address(), 200, format.address(), 11, -22, 33);
      assertEquals("11 -22 33", out.getString(0));
    }
  }

  @Test
  void aSymbolThatIsNotThereIsSaidByName() {
    assertNull(Native.find("no_such_function_anywhere"));
    UnsupportedOperationException e =
        assertThrows(
            UnsupportedOperationException.class, () -> Native.symbol("no_such_function_anywhere"));
    assertTrue(e.getMessage().contains("no_such_function_anywhere"), e.getMessage());
  }

  @Test
  void platformsAreKnownByName() {
    assertEquals(Platform.LINUX_X86_64, Platform.of("Linux", "amd64"));
    assertEquals(Platform.LINUX_AARCH64, Platform.of("Linux", "aarch64"));
    assertEquals(Platform.OTHER, Platform.of("Linux", "riscv64"));
    assertEquals(Platform.OTHER, Platform.of("Mac OS X", "aarch64"));
    assertEquals(Platform.OTHER, Platform.of("Windows 11", "amd64"));
    assertFalse(Platform.OTHER.isLinux());
  }

  @Test
  void executableMemoryHasTheCodeAndCannotBeWritten() throws Exception {
    byte[] code = {1, 2, 3, 4, 5};
    var installed = ExecutableMemory.install(code);
    assertEquals(
        java.util.HexFormat.of().formatHex(code),
        java.util.HexFormat.of().formatHex(ExecutableMemory.read(installed, 5)));
    String start = Long.toHexString(installed.address());
    String map =
        java.nio.file.Files.readAllLines(java.nio.file.Path.of("/proc/self/maps")).stream()
            .filter(line -> line.startsWith(start + "-") || line.contains("-" + start))
            .filter(line -> line.contains("r-xp"))
            .findFirst()
            .orElse("");
    assertTrue(map.contains("r-xp"), "not mapped as read and execute only: " + start);
  }
}
