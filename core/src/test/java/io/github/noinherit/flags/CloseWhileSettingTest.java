// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.flags;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.HandleClosedException;
import io.github.noinherit.HandleProvider;
import io.github.noinherit.NoInherit;
import io.github.noinherit.handles.TestHolder;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.RawFlags;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * The race between setting a flag and another thread's close, played move by move.
 *
 * <p>How this works: the holder is one that a provider explains, and the provider is asked for the
 * number before and after the flag is set. When it has named the number for the first time, and
 * before anybody could use it, the "other thread" closes the descriptor, and a third opens a file
 * that gets the same number. That is the worst case, made to happen each time.
 */
@Counted
final class CloseWhileSettingTest {
  /** A holder whose descriptor is closed, and its number taken, right after it was looked at. */
  private static final class Victim implements AutoCloseable {
    private final int number = RawFlags.openInheritable(Path.of("/dev/null"));
    private final AtomicReference<FileChannel> other = new AtomicReference<>();
    private int looks = -1;

    Handle handle() throws IOException {
      return Handle.ofAny(new TestHolder(this::look)); // looks once, when nothing is going on
    }

    private long look() {
      looks++;
      if (looks == 1) {
        RawFlags.close(number);
        try {
          other.set(NoInherit.open(Path.of("/dev/null")));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      return looks > 1 ? HandleProvider.CLOSED : number;
    }

    @Override
    public void close() throws IOException {
      other.get().close();
    }
  }

  @Test
  void makingItInheritableLeavesTheNumbersNewOwnerNonInheritable() throws IOException {
    try (Victim victim = new Victim()) {
      Handle handle = victim.handle();
      HandleClosedException e =
          assertThrows(HandleClosedException.class, () -> handle.setInheritable(true));
      assertTrue(e.getMessage().contains("closed by another thread"), e.getMessage());
      assertEquals(victim.number, Handle.of(victim.other.get()).number(), "the number was reused");
      assertTrue(RawFlags.isCloseOnExec(victim.number), "somebody else's handle is inheritable");
    }
  }

  @Test
  void makingItNonInheritableLeavesTheNumbersNewOwnerNonInheritable() throws IOException {
    try (Victim victim = new Victim()) {
      Handle handle = victim.handle();
      assertThrows(HandleClosedException.class, () -> handle.setInheritable(false));
      assertTrue(RawFlags.isCloseOnExec(victim.number));
    }
  }

  @Test
  void theAnswerAboutTheNumbersNewOwnerIsNotGiven() throws IOException {
    try (Victim victim = new Victim()) {
      assertThrows(HandleClosedException.class, victim.handle()::isInheritable);
    }
  }
}
