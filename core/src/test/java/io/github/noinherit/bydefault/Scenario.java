// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.NaiveForker;
import io.github.noinherit.testkit.Specimen;
import io.github.noinherit.testkit.Zoo;

/** What scenarios about protection have in common: each runs in a JVM of its own. */
final class Scenario {
  private Scenario() {}

  /** Runs this method of a test class in a JVM of its own: main calls it by its name. */
  static void run(Class<?> test, String name) throws Exception {
    assertEquals("done\n", jvm(test, name).run().outOrThrow());
  }

  /** The JVM for it. */
  static ChildJvm jvm(Class<?> test, String name) {
    return ChildJvm.of(Scenario.class).arguments(test.getName(), name);
  }

  /** CLASS METHOD. */
  public static void main(String[] arguments) throws Exception {
    Leaf.program();
    born();
    var method = Class.forName(arguments[0]).getDeclaredMethod(arguments[1]);
    method.setAccessible(true);
    method.invoke(null);
    System.out.println("done");
  }

  /** Is protection on? Seen from what the JDK creates now: a file, a socket and a pipe. */
  static boolean isOn() throws Exception {
    long on = born();
    if (on != 0 && on != KINDS.length) {
      throw new AssertionError("partly on");
    }
    return on != 0;
  }

  private static final String[] KINDS = {"FileInputStream", "DatagramChannel", "Pipe source"};

  private static long born() throws Exception {
    long closeOnExec = 0;
    for (String kind : KINDS) {
      try (Specimen specimen = Zoo.get(kind).create()) {
        closeOnExec += specimen.descriptors().stream().allMatch(d -> d.closeOnExec()) ? 1 : 0;
      }
    }
    return closeOnExec;
  }

  /** Does a child that is started with no closing get only 0 to 2? */
  static boolean childGetsNothing() throws Exception {
    return NaiveForker.run(Leaf.program(), "--quick") == 0;
  }
}
