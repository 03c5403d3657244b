// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.Leaf;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Starts one child, so that what stays for good (the reaper, one mailbox) is there. */
final class WarmUp implements Runnable {
  @Override
  public void run() {
    Leaf.program();
    try {
      Process child = Spawn.command("true").start();
      // on a JVM's first exit of a child the common pool comes to be
      child.onExit().join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
