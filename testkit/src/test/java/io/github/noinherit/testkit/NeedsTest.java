// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NeedsTest {
  /** Asks for everything: it runs where nothing is missing, else it says what is. */
  @Test
  @Needs({Need.COMPILER, Need.SECCOMP})
  void whatRunsHasWhatItNeeds() {
    assertTrue(Need.COMPILER.isMet());
    assertTrue(Need.SECCOMP.isMet());
    assertTrue(Leaf.compiledProgram().isPresent());
  }

  @ParameterizedTest
  @EnumSource(Need.class)
  void everyNeedCanBeAskedAndSaysWhyNot(Need need) {
    Optional<String> lack = need.lack();
    assertEquals(lack.isEmpty(), need.isMet());
    assertFalse(lack.map(String::isBlank).orElse(false));
  }

  @Test
  void nothingMissingEnables() {
    assertFalse(Needs.Condition.decide(new Need[0], "linux").isDisabled());
  }

  @Test
  void somethingMissingSkipsWithItsNameOrFailsWhereItIsRequired() throws Exception {
    ChildJvm child =
        ChildJvm.of(Decide.class)
            .environment("PATH", "/nowhere")
            .environment("NOINHERIT_REQUIRE", "");
    String out = child.run().outOrThrow();
    assertTrue(out.contains("disabled true: missing: COMPILER (neither cc nor gcc"), out);
    ChildJvm.Result required =
        ChildJvm.of(Decide.class)
            .environment("PATH", "/nowhere")
            .environment("NOINHERIT_REQUIRE", "windows,linux")
            .run();
    assertEquals(1, required.exitValue());
    assertTrue(required.err().contains("missing: COMPILER"), required.err());
    assertTrue(required.err().contains("NOINHERIT_REQUIRE=windows,linux"), required.err());
  }

  @Test
  void anotherPlatformsRequirementDoesNotFailHere() {
    Need[] missing =
        Arrays.stream(Need.values()).filter(need -> !need.isMet()).toArray(Need[]::new);
    assertEquals(
        missing.length > 0, Needs.Condition.decide(missing, "windows,aarch64").isDisabled());
    if (missing.length > 0) {
      assertThrows(AssertionError.class, () -> Needs.Condition.decide(missing, "linux"));
    }
  }

  static final class Decide {
    public static void main(String[] arguments) {
      var result =
          Needs.Condition.decide(new Need[] {Need.COMPILER}, System.getenv("NOINHERIT_REQUIRE"));
      System.out.println(
          "disabled " + result.isDisabled() + ": " + result.getReason().orElseThrow());
    }
  }
}
