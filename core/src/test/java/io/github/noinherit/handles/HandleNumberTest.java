// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.handles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.HandleClosedException;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.RawFlags;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Handles known by their number alone. */
@Tag("every-jdk")
@Counted
final class HandleNumberTest {
  @Test
  void anOpenNumberWorksLikeAnyHandleUntilItIsClosed() throws IOException {
    int number = RawFlags.openInheritable(Path.of("/dev/null"));
    Handle handle;
    try {
      handle = Handle.ofNumber(number);
      assertEquals(number, handle.number());
      assertTrue(handle.isInheritable());
      handle.setInheritable(false);
      assertTrue(RawFlags.isCloseOnExec(number));
      assertFalse(handle.isInheritable());
      handle.setInheritable(true);
      assertFalse(RawFlags.isCloseOnExec(number));
      assertTrue(handle.toString().contains("" + number), handle.toString());
    } finally {
      RawFlags.close(number);
    }
    assertThrows(HandleClosedException.class, handle::isInheritable);
    assertThrows(HandleClosedException.class, () -> handle.setInheritable(true));
    assertThrows(HandleClosedException.class, () -> handle.setInheritable(false));
    assertThrows(HandleClosedException.class, () -> Handle.ofNumber(number));
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, -2, Long.MIN_VALUE, 1L << 31, 1L << 32, Long.MAX_VALUE})
  void whatCannotBeADescriptorIsRefused(long number) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Handle.ofNumber(number));
    assertTrue(e.getMessage().contains("" + number), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(longs = {900_000, Integer.MAX_VALUE})
  void aNumberThatIsNotOpenIsClosed(long number) {
    assertThrows(HandleClosedException.class, () -> Handle.ofNumber(number));
  }
}
