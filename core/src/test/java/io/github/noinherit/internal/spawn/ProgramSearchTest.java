// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which files a command can mean. */
class ProgramSearchTest {
  private static List<String> candidates(String command, @Nullable String path) {
    byte[] bytes = path == null ? null : path.getBytes(US_ASCII);
    return ProgramSearch.candidates(command.getBytes(US_ASCII), bytes).stream()
        .map(c -> new String(c, US_ASCII))
        .toList();
  }

  @Test
  void aNameWithASlashIsAPath() {
    assertEquals(List.of("/bin/x"), candidates("/bin/x", "/a:/b"));
    assertEquals(List.of("sub/x"), candidates("sub/x", "/a:/b"));
    assertEquals(List.of("./x"), candidates("./x", null));
  }

  @Test
  void anyOtherNameIsLookedForInOrder() {
    assertEquals(List.of("/a/x", "/b/x"), candidates("x", "/a:/b"));
  }

  @Test
  void anEmptyEntryIsTheChildsDirectory() {
    assertEquals(List.of("./x", "/a/x"), candidates("x", ":/a"));
    assertEquals(List.of("/a/x", "./x"), candidates("x", "/a:"));
    assertEquals(List.of("/a/x", "./x", "/b/x"), candidates("x", "/a::/b"));
    assertEquals(List.of("./x"), candidates("x", ""));
  }

  @Test
  void withoutPathTheUsualPlacesAreTaken() {
    assertEquals(List.of("/bin/x", "/usr/bin/x"), candidates("x", null));
  }

  @Test
  void bytesThatAreNoAsciiGoThrough() {
    List<byte[]> found =
        ProgramSearch.candidates(new byte[] {(byte) 0xe9}, new byte[] {'/', (byte) 0xff});
    assertArrayEquals(new byte[] {'/', (byte) 0xff, '/', (byte) 0xe9}, found.getFirst());
  }
}
