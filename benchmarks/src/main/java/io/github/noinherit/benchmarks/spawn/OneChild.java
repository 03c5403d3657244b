// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.benchmarks.spawn;

import io.github.noinherit.Spawn;
import java.io.IOException;

/** A whole program that starts one child, or none: what the first use of a library costs. */
public final class OneChild {
  private static final String PROGRAM = "/bin/true";

  private OneChild() {}

  /** {@code nothing}, {@code noinherit} or {@code processbuilder}. */
  public static void main(String[] args) throws IOException, InterruptedException {
    int status =
        switch (args.length == 1 ? args[0] : "") {
          case "nothing" -> 0;
          case "noinherit" -> Spawn.command(PROGRAM).inheritIO().start().waitFor();
          case "processbuilder" -> new ProcessBuilder(PROGRAM).inheritIO().start().waitFor();
          default -> throw new IllegalArgumentException("nothing, noinherit or processbuilder");
        };
    System.exit(status);
  }
}
