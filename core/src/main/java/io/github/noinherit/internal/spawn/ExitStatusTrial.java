// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.spawn.Children.Exited;
import io.github.noinherit.internal.spawn.Children.Lost;
import io.github.noinherit.internal.spawn.Children.Running;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Does the kernel tell how a child ended for which somebody has waited already? Tried with a child
 * for which we have waited ourselves.
 */
public final class ExitStatusTrial {
  private ExitStatusTrial() {}

  /** Why it does not, or null. */
  public static @Nullable String objection() throws IOException {
    return Births.during(ExitStatusTrial::tried);
  }

  private static @Nullable String tried() throws IOException {
    byte[] shell = "/bin/sh".getBytes(StandardCharsets.US_ASCII);
    ChildSpec spec =
        new ChildSpec(
            "/bin/sh",
            List.of(shell),
            List.of(shell, new byte[] {'-', 'c'}, "exit 7".getBytes(StandardCharsets.US_ASCII)),
            List.of(),
            null,
            List.of(),
            null,
            Surroundings.PARENTS);
    Executor.Started child = Way.executor().start(spec);
    try {
      Children.reap(child.pidfd());
      return switch (Children.take(child.pidfd())) {
        case Exited(int status, int signal) when status == 7 -> null;
        case Exited(int status, int signal) ->
            "the kernel told " + status + " for an exit status of 7";
        case Lost(String reason) -> reason;
        case Running r -> "a child for which was waited is said to run";
      };
    } finally {
      Children.close(child.pidfd());
    }
  }
}
