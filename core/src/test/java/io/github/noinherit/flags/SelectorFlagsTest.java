// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.flags;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.RawFlags;
import io.github.noinherit.testkit.Specimen;
import io.github.noinherit.testkit.Zoo;
import java.nio.channels.Selector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A selector has two descriptors, whichever provider made it. */
@Tag("every-jdk")
final class SelectorFlagsTest {
  private static final String POLL =
      "-Djava.nio.channels.spi.SelectorProvider=sun.nio.ch.PollSelectorProvider";

  /** Sets one flag after the other; also the main method of a JVM with another provider. */
  public static void main(String[] arguments) throws Exception {
    try (Specimen specimen = Zoo.get("Selector").create()) {
      Selector selector = (Selector) specimen.object();
      System.out.println(selector.getClass().getName());
      assertEquals(2, specimen.descriptors().size(), "" + specimen.descriptors());
      for (Descriptor one : specimen.descriptors()) {
        NoInherit.setNoInherit(selector);
        for (Descriptor d : specimen.descriptors()) {
          assertTrue(RawFlags.isCloseOnExec(d.number()), "" + d);
        }
        RawFlags.setCloseOnExec(one.number(), false);
        assertTrue(NoInherit.isInheritable(selector), "one of two is inheritable: " + one);
      }
    }
  }

  @Test
  void anEpollSelectorIsInheritableIfOneOfItsTwoDescriptorsIs() throws Exception {
    main(new String[0]);
  }

  @Test
  void aPollSelectorIsInheritableIfOneOfItsTwoDescriptorsIs() throws Exception {
    String out = ChildJvm.of(SelectorFlagsTest.class).flags(POLL).run().outOrThrow();
    assertEquals("sun.nio.ch.PollSelectorImpl\n", out);
  }
}
