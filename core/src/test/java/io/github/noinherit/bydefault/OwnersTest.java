// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.Protection;
import io.github.noinherit.testkit.Races;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Protection is one for the JVM, and counted by owner. */
@Tag("unprotected")
final class OwnersTest {
  /** A copy of the library in a class loader of its own. */
  private record Copy(URLClassLoader loader) implements AutoCloseable {
    static Copy load() throws Exception {
      URL classes = NoInherit.class.getProtectionDomain().getCodeSource().getLocation();
      return new Copy(
          new URLClassLoader(new URL[] {classes}, ClassLoader.getPlatformClassLoader()));
    }

    Object protect() throws Exception {
      Class<?> theirs = loader.loadClass(NoInherit.class.getName());
      assertFalse(theirs == NoInherit.class);
      return call(theirs, "byDefault", null);
    }

    Object of(Object protection, String method) throws Exception {
      return call(loader.loadClass(Protection.class.getName()), method, protection);
    }

    private static Object call(Class<?> type, String method, Object target) throws Exception {
      try {
        Object result = type.getMethod(method).invoke(target);
        return result == null ? "nothing" : result;
      } catch (InvocationTargetException e) {
        throw new IllegalStateException(e.getCause());
      }
    }

    @Override
    public void close() throws java.io.IOException {
      loader.close();
    }
  }

  static void oneOwner() throws Exception {
    assertFalse(Scenario.isOn());
    assertFalse(Scenario.childGetsNothing());
    Protection p = NoInherit.byDefault();
    assertTrue(p.isOn());
    assertTrue(p.swept() > 0);
    assertFalse(p.covered().isEmpty());
    assertTrue(Scenario.isOn());
    assertTrue(Scenario.childGetsNothing());
    p.remove();
    assertFalse(p.isOn());
    assertFalse(Scenario.isOn());
    assertFalse(Scenario.childGetsNothing());
  }

  @Test
  void itEndsWhenItsOwnerRemovesIt() throws Exception {
    Scenario.run(OwnersTest.class, "oneOwner");
  }

  static void twoOwners() throws Exception {
    for (boolean firstFirst : new boolean[] {true, false}) {
      Protection a = NoInherit.byDefault();
      Protection b = NoInherit.byDefault();
      Protection first = firstFirst ? a : b;
      Protection last = firstFirst ? b : a;
      assertEquals(a.covered().size(), b.covered().size());
      first.remove();
      assertFalse(first.isOn());
      assertTrue(last.isOn());
      assertTrue(Scenario.isOn());
      assertTrue(Scenario.childGetsNothing());
      last.remove();
      assertFalse(last.isOn());
      assertFalse(Scenario.isOn());
    }
  }

  @Test
  void itLastsUntilTheLastOwnerRemovesIt() throws Exception {
    Scenario.run(OwnersTest.class, "twoOwners");
  }

  static void removedTwice() throws Exception {
    Protection a = NoInherit.byDefault();
    Protection b = NoInherit.byDefault();
    a.remove();
    a.remove();
    a.remove();
    assertTrue(b.isOn());
    assertTrue(Scenario.isOn());
    b.remove();
    b.remove();
    assertFalse(Scenario.isOn());
    Protection c = NoInherit.byDefault();
    a.remove();
    b.remove();
    assertTrue(Scenario.isOn());
    c.remove();
    assertFalse(Scenario.isOn());
  }

  @Test
  void removingTwiceDoesNothing() throws Exception {
    Scenario.run(OwnersTest.class, "removedTwice");
  }

  static void eightThreads() throws Exception {
    List<Protection> all = Collections.synchronizedList(new ArrayList<>());
    Races.create()
        .duration(Duration.ofSeconds(30))
        .threads(8, 5, "owner", turn -> all.add(NoInherit.byDefault()))
        .run();
    assertEquals(40, all.size());
    Protection last = all.removeLast();
    Races.create()
        .duration(Duration.ofSeconds(30))
        .threads(8, 1, "remover", turn -> all.forEach(OwnersTest::remove))
        .run();
    assertTrue(last.isOn());
    assertTrue(Scenario.isOn());
    last.remove();
    assertFalse(Scenario.isOn());
    Races.create().duration(Duration.ofSeconds(30)).threads(8, 20, "both", turn -> briefly()).run();
    assertFalse(Scenario.isOn());
  }

  private static void remove(Protection p) {
    try {
      p.remove();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void briefly() throws Exception {
    Protection p = NoInherit.byDefault();
    assertTrue(p.isOn());
    p.remove();
  }

  @Test
  void eightThreadsAtOnceAreEightOwners() throws Exception {
    Scenario.run(OwnersTest.class, "eightThreads");
  }

  static void twoClassLoaders() throws Exception {
    try (Copy copy = Copy.load()) {
      Protection ours = NoInherit.byDefault();
      Object theirs = copy.protect();
      assertEquals(true, copy.of(theirs, "isOn"));
      assertEquals(
          ours.covered().toString(), copy.of(theirs, "covered").toString(), "the same places");
      ours.remove();
      assertFalse(ours.isOn());
      assertEquals(true, copy.of(theirs, "isOn"));
      assertTrue(Scenario.isOn());
      assertTrue(Scenario.childGetsNothing());
      copy.of(theirs, "remove");
      assertEquals(false, copy.of(theirs, "isOn"));
      assertFalse(Scenario.isOn());
    }
  }

  @Test
  void twoClassLoadersAreTwoOwners() throws Exception {
    Scenario.run(OwnersTest.class, "twoClassLoaders");
  }

  static void theirsFirst() throws Exception {
    LibraryMemory before = LibraryMemory.take();
    for (int i = 0; i < 3; i++) {
      try (Copy copy = Copy.load();
          Copy other = Copy.load()) {
        Object theirs = copy.protect();
        Protection ours = NoInherit.byDefault();
        Object others = other.protect();
        copy.of(theirs, "remove");
        copy.of(theirs, "remove");
        assertTrue(Scenario.isOn());
        ours.remove();
        assertTrue(Scenario.isOn());
        other.of(others, "remove");
        assertFalse(Scenario.isOn());
        assertEquals(List.of(), before.changes());
      }
    }
  }

  @Test
  void whoeverInstalledItNeedNotBeWhoRemovesItLast() throws Exception {
    Scenario.run(OwnersTest.class, "theirsFirst");
  }

  static void loadersAtOnce() throws Exception {
    List<Copy> copies = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      copies.add(Copy.load());
    }
    Races.create()
        .duration(Duration.ofSeconds(30))
        .threads(
            4,
            10,
            "loader",
            turn -> {
              Copy copy = copies.get(turn.thread());
              Object theirs = copy.protect();
              assertEquals(true, copy.of(theirs, "isOn"));
              copy.of(theirs, "remove");
            })
        .run();
    assertFalse(Scenario.isOn());
    for (Copy c : copies) {
      c.close();
    }
  }

  @Test
  void fourClassLoadersAtOnce() throws Exception {
    Scenario.run(OwnersTest.class, "loadersAtOnce");
  }
}
