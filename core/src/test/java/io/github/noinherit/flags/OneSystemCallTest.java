// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.flags;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.NoInherit;
import io.github.noinherit.Strace;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Setting a flag is one system call, and asking for it is one. */
@Tag("every-jdk")
@Needs(Need.STRACE)
final class OneSystemCallTest {
  /** The traced program. */
  public static void main(String[] arguments) throws IOException {
    try (ServerSocketChannel channel = ServerSocketChannel.open()) {
      System.out.println(Handle.of(channel).number());
      work(channel, new int[] {9, 9, 9});
      work(channel, new int[] {1, 2, 3});
      Strace.section(9);
    }
  }

  private static void work(ServerSocketChannel channel, int[] sections) throws IOException {
    Strace.section(sections[0]);
    NoInherit.setNoInherit(channel);
    Strace.section(sections[1]);
    NoInherit.setNoInherit(channel, false);
    Strace.section(sections[2]);
    NoInherit.isInheritable(channel);
  }

  @Test
  void settingIsOneCallAndAskingIsOneCall(@TempDir Path folder) throws Exception {
    Map<Integer, List<String>> sections =
        Strace.run(ChildJvm.of(OneSystemCallTest.class), "%desc,%file,%network,%ipc", folder);
    assertOne(sections.get(1), "F_SETFD, FD_CLOEXEC\\) += 0");
    assertOne(sections.get(2), "F_SETFD, 0\\) += 0");
    assertOne(sections.get(3), "F_GETFD\\) += 0");
  }

  private static void assertOne(List<String> calls, String tail) {
    assertEquals(1, calls.size(), "" + calls);
    assertTrue(calls.get(0).matches("fcntl\\(\\d+, " + tail), calls.get(0));
  }
}
