// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.NaiveForker;
import io.github.noinherit.testkit.Races;
import io.github.noinherit.testkit.RawFlags;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * With protection by default no child that native code starts at any moment gets a handle that the
 * JDK made.
 *
 * <p>How this works: in a JVM of its own threads open and close files, sockets, pipes, selectors,
 * watchers, zip files and directories, connect and accept, and start children by ProcessBuilder,
 * all the time, while a naive forker starts children as fast as it can, with no closing at all.
 * Each of these looks at its descriptors and ends with 1 if there is any above 2. The same is run
 * without protection, and with {@code setNoInherit} called right after each opening: both must be
 * seen to leak, or the test could see nothing. What these two have open at the start, such as jars,
 * is marked first, so that what leaks was opened during the run.
 *
 * <p>What passing does not prove: that there is no moment at which a handle is inheritable, only
 * that no child fell into one. Nor anything about handles that other native libraries make.
 */
@Tag("every-jdk")
@Tag("unprotected")
final class RaceProofTest {
  private static final boolean STRESS = Boolean.getBoolean("noinherit.stress");
  private static final int CHILDREN = STRESS ? 12_000 : 1_000;
  private static final Duration LONGEST = Duration.ofSeconds(STRESS ? 600 : 60);
  private static final Pattern SAID =
      Pattern.compile("(\\d+) of (\\d+) children leaked, (\\d+) opened, rarest (\\w+) (\\d+)\n");

  /** The hammered program: {@code none}, {@code afterwards} or {@code default}, and how long. */
  public static void main(String[] arguments) throws Exception {
    String mode = arguments[0];
    int children = Integer.parseInt(arguments[1]);
    Path leaf = Leaf.program();
    if (mode.equals("default")) {
      NoInherit.byDefault();
    } else {
      for (int i = 0; i < 2; i++) { // the second time all classes are loaded
        race(mode, leaf, 10);
        for (int number : DescriptorTable.ofThisProcess().numbers()) {
          if (number > 2 && RawFlags.isOpen(number)) {
            RawFlags.setCloseOnExec(number, true);
          }
        }
      }
    }
    System.out.println(race(mode, leaf, children));
  }

  private static String race(String mode, Path leaf, int children) throws Exception {
    try (Opening opening = new Opening(mode.equals("afterwards"));
        NaiveForker.Hammer hammer = NaiveForker.Hammer.start(leaf, "--quick")) {
      Races races =
          Races.create()
              .duration(LONGEST)
              .threads(2, "opener", turn -> opening.each())
              .threads(1, "connecter", turn -> opening.connections())
              .threads(1, 1, "counter", turn -> hammer.awaitChildren(children));
      if (!mode.equals("afterwards")) { // a Process has its pipes before anybody can mark them
        races.threads(1, "starter", turn -> opening.process(turn.number()));
      }
      races.run();
      return "%d of %d children leaked, %d opened, rarest %s"
          .formatted(hammer.failures(), hammer.children(), opening.total(), opening.rarest());
    }
  }

  private static Matcher hammered(String mode, int children) throws Exception {
    String said =
        ChildJvm.of(RaceProofTest.class)
            .arguments(mode, "" + children)
            .timeout(LONGEST.multipliedBy(2))
            .run()
            .outOrThrow();
    Matcher m = SAID.matcher(said);
    assertTrue(m.matches(), said);
    assertTrue(Long.parseLong(m.group(2)) >= children, said);
    return m;
  }

  @Test
  void noChildGetsAnything() throws Exception {
    Matcher said = hammered("default", CHILDREN);
    assertEquals("0", said.group(1), said.group());
    assertTrue(Long.parseLong(said.group(5)) >= 10, said.group());
  }

  @Test
  void withoutItChildrenDo() throws Exception {
    Matcher said = hammered("none", 200);
    assertTrue(Long.parseLong(said.group(1)) >= 10, said.group());
  }

  @Test
  void withHandlesMarkedAfterwardsChildrenDo() throws Exception {
    Matcher said = hammered("afterwards", 400);
    assertTrue(Long.parseLong(said.group(1)) >= 1, said.group());
  }
}
