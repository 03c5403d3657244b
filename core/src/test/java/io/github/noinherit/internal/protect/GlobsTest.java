// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** File names and their globs. */
final class GlobsTest {
  @ParameterizedTest
  @CsvSource({
    "libx.so, libx.so, true",
    "libx.so, libxx.so, false",
    "libx.so, libx.so.1, false",
    "lib*.so, lib.so, true",
    "lib*.so, libx.so, true",
    "lib*.so, libx.so.1, false",
    "*, anything, true",
    "**, anything, true",
    "lib?.so, libx.so, true",
    "lib?.so, lib.so, false",
    "*a*b, xaybab, true",
    "*a*b, xayba, false",
    "libnetty_*epoll*, libnetty_transport_native_epoll_x86_641234.so, true",
    "lib[x].so, libx.so, false",
  })
  void matches(String glob, String name, boolean expected) {
    assertEquals(expected, Globs.matches(glob, name));
  }
}
