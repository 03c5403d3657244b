// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.run;

import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.Leaf;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Captures one child, so that what stays for good (the reaper, one mailbox, pollers) is there. */
final class WarmUp implements Runnable {
  @Override
  public void run() {
    Leaf.program();
    try {
      Spawn.command("true").capture();
      Spawn.command("true").start().onExit().join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
