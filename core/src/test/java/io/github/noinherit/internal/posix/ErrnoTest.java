// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.Native;
import org.junit.jupiter.api.Test;

/** Error numbers read as every other tool of the machine prints them. */
final class ErrnoTest {
  private static final int HIGHEST = 133;

  /** strerrorname_np(3) or strerrordesc_np(3), glibc 2.32: never translated. Null: no such code. */
  private static String glibc(String function, int code) {
    long address = Native.call(Native.symbol(function), code).value();
    return address == 0 ? null : Native.at(address, 200).getString(0);
  }

  @Test
  void namesAndTextsAreThoseOfGlibc() {
    int named = 0;
    for (int code = 1; code <= HIGHEST; code++) {
      String name = glibc("strerrorname_np", code);
      String text = glibc("strerrordesc_np", code);
      if (name == null) {
        assertEquals("E" + code, Errno.name(code));
      } else {
        assertEquals(name, Errno.name(code));
        assertEquals(name + " (" + code + ") " + text, Errno.describe(code));
        named++;
      }
    }
    assertTrue(named > 125, "only " + named);
  }

  @Test
  void aCodeWithoutANameIsANumber() {
    for (int code : new int[] {-1, 0, 134, 4095, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      assertEquals("E" + code, Errno.name(code));
      assertEquals("E" + code + " (" + code + ") Unknown error " + code, Errno.describe(code));
    }
  }

  @Test
  void anExceptionCarriesCallCodeNameMeaningAndRemedy() {
    SystemCallException plain = new SystemCallException("open(\"/etc/shadow\", O_RDONLY)", 13);
    assertEquals(
        "open(\"/etc/shadow\", O_RDONLY): EACCES (13) Permission denied", plain.getMessage());
    assertEquals("EACCES", plain.codeName());
    assertEquals(13, plain.code());
    assertEquals("open(\"/etc/shadow\", O_RDONLY)", plain.call());
    SystemCallException full = new SystemCallException("pipe2(O_CLOEXEC)", Errno.EMFILE);
    assertTrue(full.getMessage().contains("ulimit -n"), full.getMessage());
    SystemCallException own = new SystemCallException("x()", 1, "do this");
    assertEquals("x(): EPERM (1) Operation not permitted; do this", own.getMessage());
  }
}
