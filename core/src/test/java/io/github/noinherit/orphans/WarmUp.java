// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.orphans;

import io.github.noinherit.Capability;
import io.github.noinherit.Spawn;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What stays for good: the reaper, one mailbox, the guardian. */
final class WarmUp implements Runnable {
  @Override
  public void run() {
    Capability.KILL_WITH_PARENT.check();
    try {
      Spawn.command("true").start().onExit().join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
