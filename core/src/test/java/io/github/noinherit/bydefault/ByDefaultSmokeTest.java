// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.Protection;
import io.github.noinherit.testkit.RawFlags;
import io.github.noinherit.testkit.Species;
import io.github.noinherit.testkit.Specimen;
import io.github.noinherit.testkit.Zoo;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Protection by default in one JVM, from before it to after it, in little time: build/arm64 runs it
 * on an emulated processor. {@link ZooByDefaultTest} and {@link ProcessBuilderTest} ask more.
 *
 * <p>How this works: each species of the zoo that needs no module but java.base, and no JVM of its
 * own, is made without protection, with it and after its end; fcntl says which of their descriptors
 * are close-on-exec.
 */
@Tag("aarch64")
@Tag("unprotected")
final class ByDefaultSmokeTest {
  private static List<Species> species() {
    return Zoo.all().stream()
        .filter(s -> s.module().equals("java.base") && !s.name().equals("Selector poll"))
        .toList();
  }

  /** Each species to how many of its descriptors are inheritable. */
  private static Map<String, Long> inheritable() throws Exception {
    Map<String, Long> inheritable = new TreeMap<>();
    for (Species species : species()) {
      try (Specimen specimen = species.create()) {
        assertFalse(specimen.descriptors().isEmpty(), species::name);
        inheritable.put(
            species.name(),
            specimen.descriptors().stream()
                .filter(d -> !RawFlags.isCloseOnExec(d.number()))
                .count());
      }
    }
    return inheritable;
  }

  private static void aProcessBuildersChildHasItsThreePipes() throws Exception {
    Process child = new ProcessBuilder("sh", "-c", "cat; echo err >&2; exit 7").start();
    try (var in = child.getOutputStream()) {
      in.write("in\n".getBytes(UTF_8));
    }
    assertEquals("in\n", new String(child.getInputStream().readAllBytes(), UTF_8));
    assertEquals("err\n", new String(child.getErrorStream().readAllBytes(), UTF_8));
    assertEquals(7, child.waitFor());
    IOException e = assertThrows(IOException.class, new ProcessBuilder("/no/such/program")::start);
    assertTrue(String.valueOf(e.getMessage()).contains("/no/such/program"), e::getMessage);
  }

  static void fromBeforeItToAfterIt() throws Exception {
    Map<String, Long> before = inheritable();
    assertTrue(before.size() > 20, before::toString);
    assertFalse(before.containsValue(0L), before::toString);
    assertFalse(Scenario.childGetsNothing());

    Protection protection = NoInherit.byDefault();
    assertTrue(protection.isOn());
    Map<String, Long> with = inheritable();
    assertEquals(before.keySet(), with.keySet());
    with.forEach((name, number) -> assertEquals(0L, number, name));
    assertTrue(Scenario.childGetsNothing());
    aProcessBuildersChildHasItsThreePipes();
    assertTrue(Scenario.childGetsNothing());

    protection.remove();
    assertEquals(before, inheritable());
    aProcessBuildersChildHasItsThreePipes();
  }

  @Test
  void coversWhatTheJdkOpensAndPutsItBack() throws Exception {
    assertEquals(
        "done\n",
        Scenario.jvm(ByDefaultSmokeTest.class, "fromBeforeItToAfterIt")
            .timeout(Duration.ofMinutes(3))
            .run()
            .outOrThrow());
  }
}
