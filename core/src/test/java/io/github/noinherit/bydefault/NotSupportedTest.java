// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.noinherit.Capability;
import io.github.noinherit.NoInherit;
import io.github.noinherit.Protection;
import io.github.noinherit.Requirement;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.DescriptorTable;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Where protection by default cannot be had: required, it throws and says why; if supported, it is
 * off and says why; and nothing has changed.
 *
 * <p>How this works: one child JVM may not call native code, and another takes from itself, by
 * prctl(PR_SET_MDWE) of Linux 6.3, the right to make memory executable. The latter runs interpreted
 * with its code cache made up front, as the JVM itself cannot make code any more.
 */
@Tag("unprotected")
final class NotSupportedTest {
  private static final int PR_SET_MDWE = 65;
  private static final int PR_MDWE_REFUSE_EXEC_GAIN = 1;

  /** {@code memory} or {@code native}; prints the reason, and then what is off. */
  public static void main(String[] arguments) throws Exception {
    LibraryMemory before = null;
    DescriptorTable table = null;
    if (arguments[0].equals("memory")) {
      Scenario.isOn();
      before = LibraryMemory.take();
      table = DescriptorTable.ofThisProcess();
      CallResult set = Native.call(Native.symbol("prctl"), PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN);
      if (set.failed()) {
        System.out.println("no PR_SET_MDWE: errno " + set.errno());
        return;
      }
    }
    UnsupportedOperationException e =
        assertThrows(UnsupportedOperationException.class, () -> NoInherit.byDefault());
    System.out.println(e.getMessage());
    assertThrows(UnsupportedOperationException.class, () -> NoInherit.byDefault());
    Protection p = NoInherit.byDefault(Requirement.IF_SUPPORTED);
    assertFalse(p.isOn());
    assertEquals(List.of(), p.covered());
    assertEquals(0, p.swept());
    p.remove();
    p.remove();
    System.out.println(p);
    System.out.println(Capability.ATOMIC_DEFAULT.check());
    if (before != null && table != null) {
      assertEquals(List.of(), before.changes());
      assertEquals(
          table.descriptors().toString(), DescriptorTable.ofThisProcess().descriptors().toString());
      assertFalse(Scenario.isOn());
    }
    System.out.println("done");
  }

  private static void assertSays(String out, String reason) {
    List<String> lines = out.lines().toList();
    assertTrue(lines.get(0).contains(reason), out);
    assertTrue(lines.get(1).contains(reason), out);
    assertTrue(lines.get(2).contains("isAvailable=false"), out);
    assertTrue(lines.get(2).contains(reason), out);
    assertEquals("done", lines.getLast(), out);
  }

  @Test
  void withoutExecutableMemory() throws Exception {
    String out =
        ChildJvm.of(NotSupportedTest.class)
            .flags("-Xint", "-XX:-SegmentedCodeCache")
            .flags("-XX:InitialCodeCacheSize=32m", "-XX:ReservedCodeCacheSize=32m")
            .arguments("memory")
            .run()
            .outOrThrow();
    assumeFalse(out.startsWith("no PR_SET_MDWE"), out);
    assertSays(out, "PROT_READ|PROT_EXEC): EACCES (13)");
  }

  @Test
  void withoutNativeAccess() throws Exception {
    ChildJvm.Result result =
        ChildJvm.of(NotSupportedTest.class)
            .withoutNativeAccess()
            .flags("--illegal-native-access=deny")
            .arguments("native")
            .run();
    assertSays(result.outOrThrow(), "--enable-native-access=ALL-UNNAMED");
    assertEquals("", result.err());
  }
}
