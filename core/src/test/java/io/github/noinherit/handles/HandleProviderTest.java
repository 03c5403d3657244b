// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.handles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.HandleClosedException;
import io.github.noinherit.HandleProvider;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.RawFlags;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Holders that are not the JDK's, by a provider that ServiceLoader finds. */
@Counted
final class HandleProviderTest {
  @Test
  void aHolderThatAProviderKnowsHasTheHandleThatItSays() throws IOException {
    AtomicLong number = new AtomicLong(RawFlags.openInheritable(Path.of("/dev/null")));
    Handle handle = Handle.ofAny(new TestHolder(number::get));
    try {
      assertEquals(number.get(), handle.number());
      assertTrue(handle.isInheritable());
      handle.setInheritable(false);
      assertTrue(RawFlags.isCloseOnExec((int) number.get()));
    } finally {
      RawFlags.close((int) number.getAndSet(HandleProvider.CLOSED));
    }
    assertThrows(HandleClosedException.class, handle::number);
    assertThrows(HandleClosedException.class, () -> handle.setInheritable(true));
  }

  @Test
  void aHolderThatNoProviderKnowsIsRefusedWithWhatTheProvidersSupport() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Handle.ofAny(new Object()));
    assertTrue(e.getMessage().contains("the test's own holders"), e.getMessage());
    TestHolder notMine = new TestHolder(() -> HandleProvider.NOT_MINE);
    assertThrows(IllegalArgumentException.class, () -> Handle.ofAny(notMine));
  }

  @Test
  void aNumberThatNoDescriptorCanHaveIsRefused() {
    TestHolder tooLarge = new TestHolder(() -> 1L << 40);
    assertThrows(IllegalArgumentException.class, () -> Handle.ofAny(tooLarge));
    TestHolder negative = new TestHolder(() -> -77);
    assertThrows(IllegalArgumentException.class, () -> Handle.ofAny(negative));
  }
}
