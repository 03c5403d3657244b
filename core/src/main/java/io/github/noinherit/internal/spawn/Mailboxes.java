// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.handle.Mailbox;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/*
 * One mailbox is kept for the next child; spawns that overlap open others for themselves.
 *
 * The kept one should have a low number: a child copies the descriptor table up to its mailbox's
 * number before it has one of its own, so with a mailbox at 15,000 a start costs what it costs with
 * 15,000 descriptors elsewhere. The kernel gives the lowest free number, so a mailbox that is opened
 * early is low, and of two the lower is kept. A server that will have thousands of descriptors asks
 * for Capability.SPAWN when it starts: the self test leaves its mailbox here.
 */
final class Mailboxes {
  private static @Nullable Mailbox kept;

  private Mailboxes() {}

  static Mailbox take() throws IOException {
    synchronized (Mailboxes.class) {
      Mailbox mailbox = kept;
      kept = null;
      if (mailbox != null) {
        return mailbox;
      }
    }
    return new Mailbox();
  }

  /** Takes an empty mailbox back. */
  static void give(Mailbox mailbox) throws IOException {
    Mailbox other;
    synchronized (Mailboxes.class) {
      other = kept;
      if (other == null) {
        kept = mailbox;
        return;
      }
      if (mailbox.receiver() < other.receiver()) {
        kept = mailbox;
      } else {
        other = mailbox;
      }
    }
    other.close();
  }
}
