// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.orphans;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.orphans.Scene.Means;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A parent that is killed while it starts children at full speed leaves nothing.
 *
 * <p>How this works: three threads of a JVM start children without a pause, each with the JVM's
 * listener: some end at once, some stay, some have a child of their own. At a moment that nobody
 * chose the JVM is killed by SIGKILL. A second later there must be no process with the mark in its
 * environment, which all children have from their exec on, nor one with the JVM's own arguments, as
 * a child has until then; the port must be free, for a socket without SO_REUSEADDR; and there must
 * be no guardian and no control group.
 *
 * <p>What passing does not prove: that there is no moment at which a child escapes, only that none
 * of these was one.
 */
@Counted(warmUp = WarmUp.class)
class FullSpeedTest {
  private static final int ROUNDS = Boolean.getBoolean("noinherit.stress") ? 100 : 3;
  private static final int THREADS = 3;

  /** Of each thread; more than it can make until the parent is killed. */
  private static final int MOST_STARTS = 1500;

  private static final long SECOND = 1000;

  /** The parent. It ends by itself when nobody holds its input any more. */
  static final class Parent {
    private Parent() {}

    public static void main(String[] arguments) throws Exception {
      ServerSocketChannel listener =
          ServerSocketChannel.open()
              .setOption(StandardSocketOptions.SO_REUSEADDR, false)
              .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      start(arguments[0], listener, 0);
      for (int i = 0; i < THREADS; i++) {
        new Thread(
                () -> {
                  try {
                    for (int n = 0; n < MOST_STARTS; n++) {
                      start(arguments[0], listener, n);
                    }
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                })
            .start();
      }
      System.out.println(((InetSocketAddress) listener.getLocalAddress()).getPort());
      while (System.in.read() >= 0) {
        // nobody writes
      }
      Runtime.getRuntime().halt(1);
    }

    private static void start(String mark, ServerSocketChannel listener, int n) throws IOException {
      Spawn spawn =
          n % 10 == 0
              ? Spawn.command("sleep", "1000")
              : n % 10 == 5
                  ? Spawn.command("sh", "-c", "sleep 1000 & wait")
                  : n % 10 == 7 ? Spawn.command("sh", "-c", "sleep 1000 &") : Spawn.command("true");
      spawn
          .environment(Witness.VARIABLE, mark)
          .pass("listener", listener)
          .stdin(Redirect.from(new java.io.File("/dev/null")))
          .stdout(Redirect.DISCARD)
          .stderr(Redirect.DISCARD)
          .killWithParent()
          .start();
    }
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsLeft(Means means) throws Exception {
    assumeTrue(Scene.isThere(means), "no control group here");
    long seed = Long.getLong("noinherit.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      String what = "round " + round + ", seed " + seed;
      String mark = UUID.randomUUID().toString();
      try (ChildJvm.Running parent = means.jvm(Parent.class, mark).start();
          var _ = Scene.ending(parent)) {
        int port = Integer.parseInt(parent.readLine());
        Thread.sleep(random.nextInt(400));
        assertTrue(parent.process().isAlive(), () -> what + ": it has ended by itself");
        assertTrue(!Witness.marked(mark).isEmpty(), what);
        parent.process().destroyForcibly().waitFor();
        // those that are not born yet first: what is born meanwhile is marked then
        assertTrue(
            Witness.within(
                SECOND, () -> Witness.commands(mark).isEmpty() && Witness.marked(mark).isEmpty()),
            () -> what + ", alive: " + Witness.marked(mark) + Witness.commands(mark));
        assertTrue(
            Witness.within(SECOND, () -> Witness.guardians(parent.pid()).isEmpty()),
            () -> what + ", guardian: " + Witness.guardians(parent.pid()));
        assertEquals(List.of(), Witness.cgroups(parent.pid()), what);
        assertEquals(List.of(), Witness.marked(mark), what);
        try (ServerSocketChannel again = ServerSocketChannel.open()) {
          again
              .setOption(StandardSocketOptions.SO_REUSEADDR, false)
              .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        }
      } finally {
        Witness.end(Witness.marked(mark));
      }
    }
  }
}
