// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Many children alive at once, started and read by as many virtual threads, on two carriers of
 * which there may be no more ({@link ManyChildren}): one reaper, little heap for each, and reading
 * holds no carrier.
 *
 * <p>What passing does not prove: a rate. The ratio is that of work done while all children are
 * being read to work done without them, in one run; others use the machine too, so it may be
 * anything from a half up, while it would be 0 if readers held the carriers.
 */
@Counted
class ScaleTest {
  private static final int CHILDREN = Boolean.getBoolean("noinherit.stress") ? 1000 : 150;

  /** The program's own buffer for each child, with the array's header. */
  private static final int BUFFER = 8192 + 16;

  @Test
  void manyChildrenAreReadByVirtualThreadsThatHoldNoCarrier() throws Exception {
    String out =
        ChildJvm.of(ManyChildren.class)
            .flags(
                "-Djdk.virtualThreadScheduler.parallelism=2",
                "-Djdk.virtualThreadScheduler.maxPoolSize=2")
            .arguments(Integer.toString(CHILDREN), "noinherit")
            .timeout(Duration.ofMinutes(3))
            .run()
            .outOrThrow();
    System.out.print(out);
    Map<String, String> said =
        out.lines()
            .map(line -> line.split("=", 2))
            .collect(Collectors.toMap(part -> part[0], part -> part[1]));
    assertEquals("true", said.get("allStarted"), out);
    assertEquals("1", said.get("reapers"), out);
    assertTrue(Integer.parseInt(said.get("morePlatformThreads")) <= 4, out);
    assertEquals(said.get("linesWritten"), said.get("linesRead"), out);
    assertEquals(Integer.toString(CHILDREN), said.get("endedWell"), out);
    long heap = Long.parseLong(said.get("heapBytesPerChild")) - BUFFER;
    assertTrue(heap <= 8192, () -> heap + " bytes of heap for each child\n" + out);
    assertTrue(Double.parseDouble(said.get("ratio")) > 0.5, out);
  }
}
