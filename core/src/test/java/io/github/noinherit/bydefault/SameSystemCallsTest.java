// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.Strace;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Opening a file and accepting a connection take as many system calls with protection by default as
 * without: the flag goes with the call that is made anyway.
 *
 * <p>How this works: strace counts what one thread calls while it opens and closes files, and then
 * accepts and closes connections, thousands of each, in a JVM without and in one with protection.
 */
@Needs(Need.STRACE)
@Tag("unprotected")
final class SameSystemCallsTest {
  private static final int TIMES = Boolean.getBoolean("noinherit.stress") ? 10_000 : 2_000;

  /** The traced program; {@code on} or {@code off}, and how often. */
  public static void main(String[] arguments) throws IOException {
    if (arguments[0].equals("on")) {
      NoInherit.byDefault();
    }
    Strace.section(9);
    files(300); // loads what there is to load
    connections(300);
    Strace.section(1);
    files(Integer.parseInt(arguments[1]));
    Strace.section(2);
    connections(Integer.parseInt(arguments[1]));
    Strace.section(9);
  }

  private static void files(int times) throws IOException {
    for (int i = 0; i < times; i++) {
      new FileInputStream("/dev/null").close();
    }
  }

  private static void connections(int times) throws IOException {
    try (ServerSocketChannel listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      for (int i = 0; i < times; i++) {
        try (SocketChannel client = SocketChannel.open(listener.getLocalAddress())) {
          client.setOption(StandardSocketOptions.SO_LINGER, 0); // no TIME_WAIT: ports are finite
          listener.accept().close();
        }
      }
    }
  }

  /** How often each call was made, by name. */
  private static Map<String, Integer> counts(List<String> calls) {
    Map<String, Integer> counts = new TreeMap<>();
    for (String call : calls) {
      if (!call.startsWith("<...")) { // the end of one that was interrupted by another thread's
        String name = call.substring(0, call.indexOf('('));
        counts.merge(name.equals("accept4") ? "accept" : name, 1, Integer::sum);
      }
    }
    return counts;
  }

  @Test
  void openingAndAcceptingTakeTheSameSystemCalls(@TempDir Path folder) throws Exception {
    ChildJvm off = ChildJvm.of(SameSystemCallsTest.class).arguments("off", "" + TIMES);
    ChildJvm on = ChildJvm.of(SameSystemCallsTest.class).arguments("on", "" + TIMES);
    Map<Integer, List<String>> without = Strace.run(off, "%desc,%file,%network", folder);
    Map<Integer, List<String>> with = Strace.run(on, "%desc,%file,%network", folder);
    for (int section = 1; section <= 2; section++) {
      assertEquals(counts(without.get(section)), counts(with.get(section)));
    }
    assertMarked(without, false);
    assertMarked(with, true);
  }

  /** The calls that create have the flag, or have not: what was counted is what was meant. */
  private static void assertMarked(Map<Integer, List<String>> sections, boolean marked) {
    List<String> opened =
        sections.get(1).stream().filter(c -> c.matches("open(at)?\\(.*")).toList();
    List<String> accepted = sections.get(2).stream().filter(c -> c.startsWith("accept")).toList();
    assertTrue(opened.size() >= TIMES);
    assertTrue(accepted.size() >= TIMES);
    assertEquals(marked, opened.stream().allMatch(c -> c.contains("O_CLOEXEC")));
    assertEquals(marked, accepted.stream().allMatch(c -> c.contains("SOCK_CLOEXEC")));
  }
}
