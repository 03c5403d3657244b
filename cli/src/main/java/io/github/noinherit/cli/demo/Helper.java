// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.util.List;

/** A program that the server started by a bare {@code posix_spawn}. */
final class Helper implements AutoCloseable {
  private final long pid;
  private final ProcessHandle process;

  private Helper(ProcessHandle process) {
    this.pid = process.pid();
    this.process = process;
  }

  static Helper of(long pid) throws IOException {
    return new Helper(
        ProcessHandle.of(pid)
            .orElseThrow(() -> new IOException("the helper " + pid + " ended at once")));
  }

  long pid() {
    return pid;
  }

  /** What it has open, as the kernel says now. */
  List<OpenHandle> table() throws IOException {
    return Kernel.table(pid);
  }

  /** Ends it, by pid and start time: never a stranger that was given the same number since. */
  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    if (!Wait.until(Wait.PATIENCE, () -> "ZX".indexOf(Kernel.state(pid)) >= 0)) {
      throw new IOException("the helper " + pid + " did not end");
    }
  }
}
