// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.handles;

import io.github.noinherit.HandleProvider;
import java.util.function.LongSupplier;

/** A holder of a class that only {@link Provider} knows: its number is what the supplier says. */
public record TestHolder(LongSupplier number) {

  /** Found by ServiceLoader: META-INF/services of the tests. */
  public static final class Provider implements HandleProvider {
    @Override
    public long handleOf(Object holder) {
      return holder instanceof TestHolder h ? h.number().getAsLong() : NOT_MINE;
    }

    @Override
    public String supported() {
      return "the test's own holders";
    }
  }
}
