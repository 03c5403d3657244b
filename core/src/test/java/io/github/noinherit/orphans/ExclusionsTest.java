// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.orphans;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.Counted;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What excludes each other is refused before anything is started, with both names. */
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class ExclusionsTest {
  @TempDir Path folder;

  private void refused(String one, String other, Spawn spawn) {
    Path trace = folder.resolve(UUID.randomUUID().toString());
    spawn.environment("TRACE", trace.toString());
    IllegalStateException e = assertThrows(IllegalStateException.class, spawn::start);
    for (String word : List.of(one, other)) {
      assertTrue(String.valueOf(e.getMessage()).contains(word), e::toString);
    }
    assertFalse(Files.exists(trace), "it was started");
  }

  private static Spawn spawn() {
    return Spawn.command("sh", "-c", ": > $TRACE");
  }

  @Test
  void killWithParentAndDetached() {
    refused("killWithParent()", "detached()", spawn().killWithParent().detached());
    refused("killWithParent()", "detached()", spawn().detached().killWithParent());
  }

  @Test
  void killWithParentAndCgroup() {
    refused("killWithParent()", "cgroup()", spawn().cgroup(folder).killWithParent());
  }

  @Test
  void detachedAndStreamsOfOurs() {
    refused("detached()", "PIPE", spawn().stdin(Redirect.PIPE).detached());
    refused("detached()", "PIPE", spawn().detached().stdout(Redirect.PIPE));
    refused("detached()", "INHERIT", spawn().detached().stderr(Redirect.INHERIT));
    refused("detached()", "INHERIT", spawn().inheritIO().detached());
  }

  @Test
  void nothingElse() throws Exception {
    Path trace = folder.resolve("trace");
    assertEquals(
        0,
        spawn()
            .environment("TRACE", trace.toString())
            .detached()
            .newProcessGroup()
            .newSession()
            .start()
            .waitFor());
    assertTrue(Files.exists(trace));
  }

  @Test
  void wherePosixSpawnIsUsedKillWithParentIsRefused() {
    if ("posix_spawn".equals(System.getProperty("noinherit.spawn"))) {
      Spawn spawn = spawn().killWithParent();
      UnsupportedOperationException e =
          assertThrows(UnsupportedOperationException.class, spawn::start);
      assertTrue(String.valueOf(e.getMessage()).contains("posix_spawn"), e::toString);
    }
  }
}
