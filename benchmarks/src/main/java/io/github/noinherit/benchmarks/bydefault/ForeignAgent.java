// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.benchmarks.bydefault;

import org.jspecify.annotations.Nullable;

/** An agent that makes one call and one upcall through the foreign function API. */
public final class ForeignAgent {
  private ForeignAgent() {}

  /** Called before {@code main}. */
  public static void premain(@Nullable String arguments) throws Throwable {
    HelloForeign.use(true);
  }
}
