// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.Native;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** This process' own environment, environ(7), as bytes. */
public final class Environ implements UnaryOperator<String> {
  // extern char **environ;
  private static final MemorySegment environ = Native.symbol("environ");

  // char *getenv(const char *name);
  private static final MemorySegment getenv = Native.symbol("getenv");

  /** This process' environment: {@link #value}. */
  public Environ() {}

  @Override
  public String apply(String name) {
    return value(name);
  }

  /** The value of a variable, decoded as the JVM's locale says; "" if it is not set. */
  public static String value(String name) {
    try (Arena arena = Arena.ofConfined()) {
      long value =
          Native.call(getenv, CStrings.allocate(arena, name.getBytes(US_ASCII)).address()).value();
      return value == 0 ? "" : Native.string(value);
    }
  }

  /**
   * The strings, in order. Foreign code that changes them at the same moment is not guarded for.
   */
  public static List<byte[]> strings() {
    List<byte[]> strings = new ArrayList<>();
    long array = Native.at(environ.address(), Long.BYTES).get(JAVA_LONG, 0);
    if (array == 0) { // clearenv(3)
      return strings;
    }
    MemorySegment pointers = Native.at(array, Long.MAX_VALUE);
    for (long i = 0; pointers.getAtIndex(JAVA_LONG, i) != 0; i++) {
      MemorySegment string = Native.at(pointers.getAtIndex(JAVA_LONG, i), Long.MAX_VALUE);
      long length = 0;
      while (string.get(JAVA_BYTE, length) != 0) {
        length++;
      }
      strings.add(string.asSlice(0, length).toArray(JAVA_BYTE));
    }
    return strings;
  }
}
