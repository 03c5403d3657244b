// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.util.List;

/** What several scenes have in common. */
final class Common {
  /** How long a helper hangs: should the command be killed, nothing stays for longer. */
  private static final String HANGS_FOR_SECONDS = "30";

  private Common() {}

  /** The socket that a server listens on, as the kernel knows it. */
  static TcpSocket listener(int port) throws IOException {
    return Kernel.listener(port)
        .orElseThrow(() -> new IOException("the kernel knows no listener on port " + port));
  }

  /** Starts {@code sleep}, and waits until it sleeps: while it starts it opens files of its own. */
  static Helper startHangingHelper(ServerProcess server, Log log) throws IOException {
    Helper helper = server.startHelper(List.of(ServerProcess.program("sleep"), HANGS_FOR_SECONDS));
    if (!Wait.until(Wait.PATIENCE, () -> Kernel.state(helper.pid()) == 'S')) {
      throw new IOException("the helper " + helper.pid() + " did not begin to sleep");
    }
    log.tell("server", "starts a helper, process " + helper.pid() + ", which hangs");
    return helper;
  }
}
