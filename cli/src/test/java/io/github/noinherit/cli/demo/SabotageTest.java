// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.noinherit.cli.ExitStatus;
import io.github.noinherit.cli.Outputs;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A scene whose mechanism does not work is found out.
 *
 * <p>How this works: the servers of one side are started with the handles of the other. Then the
 * side without noinherit leaks nothing, or the side with noinherit leaks, and the demo has to say
 * so.
 */
class SabotageTest {
  static List<Scene> scenes() {
    return Scene.all();
  }

  @ParameterizedTest
  @MethodSource("scenes")
  void aServerThatStillLeaksIsFoundOut(Scene scene) throws Exception {
    Stories.Told told = Stories.tell(side -> Side.WITHOUT, List.of(scene), false);
    assertEquals(ExitStatus.NO, told.status(), told::text);
    int with = told.text().indexOf("WITH noinherit");
    assertFalse(told.text().substring(0, with).contains("NOT SHOWN"), told::text);
    assertTrue(told.text().substring(with).contains("NOT SHOWN"), told::text);
    assertTrue(told.text().contains("Not every scene showed what it tells"), told::text);
  }

  @ParameterizedTest
  @MethodSource("scenes")
  void aServerThatDoesNotLeakShowsNoHarm(Scene scene) throws Exception {
    Stories.Told told = Stories.tell(side -> Side.WITH, List.of(scene), true);
    assertEquals(ExitStatus.NO, told.status(), told::text);
    Map<String, Object> object = JSON.std.mapFrom(told.text());
    assertEquals(false, object.get("shown"));
    List<Map<?, ?>> findings = Outputs.objects(object, "findings");
    Map<?, ?> without = findings.get(0);
    Map<?, ?> with = findings.get(1);
    assertEquals("without", without.get("side"));
    assertEquals(false, without.get("shown"));
    assertNotEquals(without.get("expected"), without.get("seen"));
    assertEquals(true, with.get("shown"));
  }
}
