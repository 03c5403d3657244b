// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.HandleClosedException;
import io.github.noinherit.internal.handle.HandleNumbers;
import io.github.noinherit.internal.spawn.ChildSpec.Given;
import io.github.noinherit.internal.spawn.ChildSpec.Held;
import io.github.noinherit.internal.spawn.ChildSpec.Opened;
import io.github.noinherit.internal.spawn.ChildSpec.Own;
import java.io.IOException;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/** The descriptors of a spec that the parent has now, with the numbers that were read from them. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Pins(List<Given> given, int[] numbers) {

  /** Reads every number. */
  static Pins of(ChildSpec spec) throws IOException {
    // by lowest target: what is received in this order is often in its place already
    List<Given> given =
        spec.given().stream()
            .filter(g -> !(g.source() instanceof Opened))
            .sorted(Comparator.comparing(g -> Collections.min(g.targets())))
            .toList();
    int[] numbers = new int[given.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] =
          switch (given.get(i).source()) {
            case Held held -> heldNumber(held);
            case Own own -> own.number();
            case Opened opened -> throw new IllegalStateException(opened.words());
          };
    }
    return new Pins(given, numbers);
  }

  private static int heldNumber(Held held) throws IOException {
    int[] numbers = HandleNumbers.now(held.holder());
    if (numbers.length != 1) {
      throw new IllegalArgumentException(
          held.words() + ": a selector is more than one descriptor and cannot be handed on");
    }
    return numbers[0];
  }

  /**
   * Looks again: were the numbers those of their holders all the time?
   *
   * @throws HandleClosedException if not
   */
  void verify() throws IOException {
    for (int i = 0; i < numbers.length; i++) {
      if (given.get(i).source() instanceof Held held
          && !HandleNumbers.isUnchanged(held.holder(), new int[] {numbers[i]})) {
        throw new HandleClosedException(
            held.words()
                + " was closed by another thread while it was being handed on; no child was"
                + " started");
      }
    }
  }
}
