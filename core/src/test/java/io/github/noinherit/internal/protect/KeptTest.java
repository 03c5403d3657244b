// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the environment says is meant to be inherited; what cannot be understood names nothing. */
final class KeptTest {
  private static final long PID = 4711;

  private static Set<Integer> kept(Map<String, String> environment) {
    return Kept.of(name -> environment.getOrDefault(name, ""), PID);
  }

  @Test
  void nothingIsKeptIfNothingIsSaid() {
    assertEquals(Set.of(), kept(Map.of()));
  }

  @Test
  void listeningSocketsAreKeptIfTheyAreForThisProcess() {
    assertEquals(Set.of(3, 4), kept(Map.of("LISTEN_FDS", "2", "LISTEN_PID", "4711")));
    assertEquals(Set.of(), kept(Map.of("LISTEN_FDS", "2", "LISTEN_PID", "4712")));
    assertEquals(Set.of(), kept(Map.of("LISTEN_FDS", "2")));
    for (String hostile : new String[] {"", "-1", "x", "2x", "99999999999999", " 2"}) {
      assertEquals(Set.of(), kept(Map.of("LISTEN_FDS", hostile, "LISTEN_PID", "4711")), hostile);
    }
  }

  @Test
  void aHugeCountIsNone() {
    assertEquals(Set.of(), kept(Map.of("LISTEN_FDS", "999999999", "LISTEN_PID", "4711")));
    assertEquals(65536, kept(Map.of("LISTEN_FDS", "65536", "LISTEN_PID", "4711")).size());
  }

  @Test
  void passedHandlesAreKept() {
    assertEquals(Set.of(3, 7), kept(Map.of("NOINHERIT_HANDLES", "http=3,log=7")));
    // nothing of it can be adopted
    assertEquals(Set.of(), kept(Map.of("NOINHERIT_HANDLES", "http=x,log=7")));
  }

  @Test
  void whatIsWrongWithOneSourceDoesNotConcernTheOthers() {
    assertEquals(
        Set.of(7, 8, 9),
        kept(
            Map.of(
                "LISTEN_FDS", "1",
                "LISTEN_PID", "1",
                "NOINHERIT_HANDLES", "log=7",
                "MAKEFLAGS", "--jobserver-auth=8,9")));
  }

  @Test
  void theJobServersPipeIsKept() {
    assertEquals(Set.of(3, 4), kept(Map.of("MAKEFLAGS", "kw -j8 --jobserver-auth=3,4")));
    assertEquals(Set.of(5, 6), kept(Map.of("MAKEFLAGS", "--jobserver-fds=5,6 -j")));
    assertEquals(Set.of(), kept(Map.of("MAKEFLAGS", "-j8 --jobserver-auth=fifo:/tmp/x")));
  }
}
