// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.handles;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.HandleClosedException;
import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Species;
import io.github.noinherit.testkit.Specimen;
import io.github.noinherit.testkit.Zoo;
import java.io.Closeable;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A closed holder of any kind is refused, with an exception that says so. */
@Tag("every-jdk")
@Counted
final class ClosedHandleTest {
  static List<Species> holders() {
    return Zoo.holders();
  }

  @ParameterizedTest
  @MethodSource("holders")
  void everyMethodRefusesAClosedHolder(Species species) throws Exception {
    assumeTrue(species.missingModule().isEmpty());
    Handle kept;
    Object holder;
    try (Specimen specimen = species.create()) {
      holder = specimen.object();
      kept = Handle.ofAny(holder);
    }
    assertThrows(HandleClosedException.class, kept::number);
    assertThrows(HandleClosedException.class, kept::isInheritable);
    assertThrows(HandleClosedException.class, () -> kept.setInheritable(true));
    assertThrows(HandleClosedException.class, () -> kept.setInheritable(false));
    assertTrue(kept.toString().contains("closed"), kept.toString());
    assertThrows(HandleClosedException.class, () -> Handle.ofAny(holder));
    if (holder instanceof Closeable closeable) {
      assertThrows(HandleClosedException.class, () -> Handle.of(closeable));
      assertThrows(HandleClosedException.class, () -> NoInherit.setNoInherit(closeable));
      assertThrows(HandleClosedException.class, () -> NoInherit.isInheritable(closeable));
    }
  }
}
