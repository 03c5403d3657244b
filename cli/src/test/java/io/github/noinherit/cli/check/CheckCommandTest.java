// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.noinherit.Capability;
import io.github.noinherit.cli.ExitStatus;
import io.github.noinherit.cli.Outputs;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckCommandTest {
  private static final Checked THERE = new Checked("HERE_IT_IS", "what it does", true, "", "");
  private static final Checked MISSING =
      new Checked(
          "A_CAPABILITY_THAT_IS_MISSING",
          "something that takes a few more words to say, so that a line is too short for it",
          false,
          "the kernel answers ENOSYS (38) Function not implemented",
          "allow it in the seccomp profile of the container");

  @Test
  void everyCapabilityIsAnswered() throws Exception {
    Outputs.Run run = Outputs.run("check", "--json");
    Map<String, Object> object = JSON.std.mapFrom(run.out());
    assertEquals(Capability.values().length, Outputs.objects(object, "capabilities").size());
    assertEquals(run.status() == ExitStatus.OK, object.get("complete"));
    for (Capability capability : Capability.values()) {
      assertTrue(Outputs.run("check").out().contains(capability.name()), capability::name);
    }
  }

  @Test
  void nothingMissingIsStatusZero() {
    Outputs.Captured out = Outputs.capture(80);
    assertEquals(ExitStatus.OK, CheckCommand.tell(List.of(THERE), false, out.output()));
    assertTrue(out.text().contains("yes   HERE_IT_IS"), out::text);
  }

  @ParameterizedTest
  @ValueSource(ints = {60, 80, 120})
  void whatIsMissingIsStatusOneWithReasonAndRemedy(int width) {
    Outputs.Captured out = Outputs.capture(width);
    assertEquals(ExitStatus.NO, CheckCommand.tell(List.of(THERE, MISSING), false, out.output()));
    Outputs.assertFits(width, out.text());
    String words = out.text().replaceAll("\\s+", " ");
    assertTrue(words.contains(MISSING.reason()), words);
    assertTrue(words.contains("to get it: " + MISSING.remedy()), words);
    assertTrue(words.contains("1 of 2 missing"), words);
  }

  @Test
  void theSameAsJson() throws Exception {
    Outputs.Captured out = Outputs.capture(80);
    assertEquals(ExitStatus.NO, CheckCommand.tell(List.of(MISSING), true, out.output()));
    Map<String, Object> object = JSON.std.mapFrom(out.text());
    assertEquals(false, object.get("complete"));
    Map<?, ?> only = Outputs.objects(object, "capabilities").getFirst();
    assertEquals(MISSING.name(), only.get("name"));
    assertEquals(false, only.get("available"));
    assertEquals(MISSING.remedy(), only.get("remedy"));
  }
}
