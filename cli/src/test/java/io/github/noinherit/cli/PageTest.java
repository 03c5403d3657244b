// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PageTest {
  @Test
  void linesAfterTheFirstAreIndentedAsItsStart() {
    assertEquals(
        List.of("who  one two three four", "     five six seven"),
        new Page(25, false).wrap("who  ", "one two three four five six seven"));
  }

  @Test
  void aWordWiderThanThePageIsCut() {
    assertEquals(
        List.of("a", "x".repeat(40), "xx b"),
        new Page(40, false).wrap("", "a " + "x".repeat(42) + " b"));
  }

  @Test
  void theWidthIsColumnsWithinReason() {
    assertEquals(80, Page.width(null));
    assertEquals(80, Page.width("wide"));
    assertEquals(80, Page.width("-1"));
    assertEquals(60, Page.width("60"));
    assertEquals(40, Page.width("3"));
    assertEquals(120, Page.width("400"));
  }

  @Test
  void coloursOnlyWhereTheyAreWanted() {
    assertEquals(
        new Page(80, false), Page.ofStandardOutput(Map.of("NO_COLOR", "1", "TERM", "xterm")));
    assertEquals("text", new Page(80, false).red("text"));
    assertEquals("\u001b[31mtext\u001b[0m", new Page(80, true).red("text"));
  }
}
