// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A child's environment. */
class EnvironmentTest {
  private final Map<String, String> source = new ProcessBuilder().environment();

  {
    source.clear();
    source.put("A", "1");
  }

  private static List<String> strings(Environment environment) {
    return environment.strings().stream()
        .map(b -> new String(b, StandardCharsets.ISO_8859_1))
        .sorted()
        .toList();
  }

  @Test
  void itIsACopy() {
    Environment environment = Environment.of(source);
    source.put("B", "2");
    assertEquals(List.of("A=1"), strings(environment));
    environment.put("C", "3");
    assertEquals(Map.of("A", "1", "B", "2"), source);
  }

  @Test
  void variablesAreReplacedRemovedAndCleared() {
    Environment environment = Environment.of(source);
    environment.put("A", "x=y");
    environment.put("B", "");
    assertEquals(List.of("A=x=y", "B="), strings(environment));
    environment.remove("A");
    environment.remove("not there");
    assertEquals(List.of("B="), strings(environment));
    environment.clear();
    assertEquals(List.of(), strings(environment));
  }

  @Test
  void onlyWhatThisProcessWasGivenItselfIsRemovedAsInherited() {
    Map.Entry<String, String> own = System.getenv().entrySet().iterator().next();
    source.put(own.getKey(), own.getValue());
    Environment environment = Environment.of(source);
    environment.removeInherited(own.getKey());
    environment.removeInherited("A");
    assertEquals(List.of("A=1"), strings(environment));
    environment.put(own.getKey(), "of the program's own");
    environment.removeInherited(own.getKey());
    assertEquals(2, environment.strings().size());
  }

  @Test
  void aVariableIsFoundByItsWholeName() {
    Environment environment = Environment.of(source);
    environment.put("PATHOLOGY", "1");
    environment.put("XPATH", "2");
    assertNull(environment.bytes("PATH"));
    environment.put("PATH", "/a=b");
    assertArrayEquals("/a=b".getBytes(StandardCharsets.US_ASCII), environment.bytes("PATH"));
  }

  @Test
  void changesOfACopyDoNotReachTheNextOne() {
    Environment.ofThisProcess().clear();
    Environment first = Environment.ofThisProcess();
    first.put("NOINHERIT_TEST", "1");
    assertEquals(System.getenv().size(), Environment.ofThisProcess().strings().size());
  }

  @Test
  void whatCannotBeAVariableIsRefusedAndChangesNothing() {
    Environment environment = Environment.of(source);
    for (String name : new String[] {"", "=", "A=B", "=A", "A\0B"}) {
      assertThrows(IllegalArgumentException.class, () -> environment.put(name, "v"), name);
    }
    assertThrows(IllegalArgumentException.class, () -> environment.put("N", "a\0b"));
    assertEquals(List.of("A=1"), strings(environment));
  }
}
