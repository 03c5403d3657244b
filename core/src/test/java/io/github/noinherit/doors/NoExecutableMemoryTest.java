// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.doors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.noinherit.Capability;
import io.github.noinherit.Spawn;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.testkit.ChildJvm;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A machine that lets no process make memory executable: what needs machine code of ours says so
 * with the remedy, and all else works.
 *
 * <p>How this works: the child JVM takes the right from itself by prctl(PR_SET_MDWE), Linux 6.3. It
 * runs interpreted with its code cache made up front, as the JVM itself cannot make code any more.
 */
@Tag("every-jdk")
final class NoExecutableMemoryTest {
  private static final int PR_SET_MDWE = 65;
  private static final int PR_MDWE_REFUSE_EXEC_GAIN = 1;

  /** The program that has lost the right. */
  public static void main(String[] arguments) throws Exception {
    CallResult set = Native.call(Native.symbol("prctl"), PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN);
    if (set.failed()) {
      System.out.println("no PR_SET_MDWE: errno " + set.errno());
      return;
    }
    System.out.println(Capability.EXECUTABLE_MEMORY.check());
    System.out.println(Capability.JDK_HANDLES.check());
    if (arguments.length > 0) {
      DoorProbe.main(arguments);
      System.out.println(Capability.SPAWN.check());
      System.out.println(Capability.SPAWN_BY_CLONE.check());
      System.out.println(Spawn.command("sh", "-c", "exit 7").start().waitFor());
    }
  }

  private static ChildJvm jvm() {
    return ChildJvm.of(NoExecutableMemoryTest.class)
        .flags("-Xint", "-XX:-SegmentedCodeCache")
        .flags("-XX:InitialCodeCacheSize=32m", "-XX:ReservedCodeCacheSize=32m");
  }

  private static String run(ChildJvm jvm) throws Exception {
    ChildJvm.Result result = jvm.run();
    String out = result.outOrThrow();
    assumeFalse(out.startsWith("no PR_SET_MDWE"), out);
    assertEquals("", result.err());
    return out;
  }

  @Test
  void capabilitiesSayNoWithTheRemedy() throws Exception {
    String[] lines = run(jvm()).split("\n", -1);
    assertTrue(lines[0].contains("isAvailable=false"), lines[0]);
    assertTrue(lines[0].contains("PROT_READ|PROT_EXEC): EACCES (13)"), lines[0]);
    assertTrue(lines[0].contains("MemoryDenyWriteExecute"), lines[0]);
    assertTrue(lines[1].contains("isAvailable=false"), lines[1]);
    assertTrue(lines[1].contains("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED"), lines[1]);
  }

  @Test
  void withAddOpensHandlesWorkAndChildrenAreStartedByPosixSpawn() throws Exception {
    List<String> flags = new ArrayList<>();
    for (String word : run(jvm()).split("[ ,\\]\n]", -1)) {
      if (word.startsWith("--add-opens=")) {
        flags.add(word);
      }
    }
    assertFalse(flags.isEmpty());
    String out = run(jvm().flags(flags.toArray(String[]::new)).arguments("everything"));
    assertTrue(out.contains("descriptors inside JDK objects: already open"), out);
    assertTrue(out.contains("children are started by posix_spawn"), out);
    String byClone = out.lines().filter(l -> l.contains("clone")).reduce("", (a, b) -> b);
    assertTrue(byClone.contains("isAvailable=false"), out);
    assertTrue(out.endsWith("\n7\n"), out);
  }
}
