// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.orphans;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Resource;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Children of another user, which have memory of their own until their exec. */
@Tag("every-way")
@Needs(Need.ROOT)
@Counted(warmUp = WarmUp.class)
class UserTest {
  private static final String STATUS = "/proc/self/status";

  @TempDir Path folder;

  private static String four(int id) {
    return "%1$d\t%1$d\t%1$d\t%1$d".formatted(id);
  }

  @Test
  void byNumber() throws Exception {
    Spawn spawn = Ask.child(STATUS).user(1234, 2345, 3456, 4567);
    if (Ask.canDo(spawn)) {
      String status = Ask.said(spawn);
      assertEquals(four(1234), Ask.line(status, "Uid"));
      assertEquals(four(2345), Ask.line(status, "Gid"));
      assertEquals("3456 4567", Ask.line(status, "Groups"));
      for (String set : new String[] {"CapPrm", "CapEff", "CapAmb"}) {
        assertEquals("0000000000000000", Ask.line(status, set), set);
      }
    }
  }

  @Test
  void withoutSupplementaryGroupsUnlessNamed() throws Exception {
    Spawn spawn = Ask.child(STATUS).user(1234, 2345);
    if (Ask.canDo(spawn)) {
      assertEquals("", Ask.line(Ask.said(spawn), "Groups"));
    }
  }

  @Test
  void byNameAsIdSaysIt() throws Exception {
    for (String name : new String[] {"nobody", "daemon", "root"}) {
      Spawn spawn = Spawn.command("sh", "-c", "id -u; id -g; id -G").user(name);
      if (Ask.canDo(spawn)) {
        Process id =
            new ProcessBuilder("sh", "-c", "for o in u g G; do id -$o " + name + "; done").start();
        String wanted = new String(id.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertEquals(0, id.waitFor());
        assertEquals(wanted, Ask.said(spawn));
      }
    }
  }

  @Test
  void aUserThatIsNotThereIsRefused() {
    Spawn spawn = Spawn.command("true");
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> spawn.user("no such user"));
    assertTrue(String.valueOf(e.getMessage()).contains("no such user"), e::toString);
    assertThrows(IllegalArgumentException.class, () -> spawn.user(-1, 0));
    assertThrows(IllegalArgumentException.class, () -> spawn.user(0, -1));
    assertThrows(IllegalArgumentException.class, () -> spawn.user(0, 0, -1));
  }

  /**
   * What a change of user in memory that is shared with the JVM would do to it for good: its /proc
   * would be root's, whoever runs it, and nobody could attach a debugger. Here the JVM is root
   * already, so it is asked directly: PR_GET_DUMPABLE.
   */
  @Test
  void thisJvmStaysAsItWas() throws Exception {
    Spawn spawn = Ask.child(STATUS).user(1234, 2345);
    if (Ask.canDo(spawn)) {
      assertEquals(1, dumpable());
      for (int i = 0; i < 3; i++) {
        Ask.said(spawn);
      }
      assertEquals(1, dumpable());
      assertEquals(four(0), Ask.line(Files.readString(Path.of(STATUS)), "Uid"));
    }
  }

  private static long dumpable() {
    final int prGetDumpable = 3;
    return Native.call(Native.symbol("prctl"), prGetDumpable).value();
  }

  @Test
  void handlesStreamsAndAllElseWorkAsInOtherChildren() throws Exception {
    Path file = Files.writeString(folder.resolve("f"), "content");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    try (FileChannel channel = FileChannel.open(file)) {
      Spawn spawn =
          Spawn.command("sh", "-c", "cat <&7; cat; pwd; umask; ulimit -c; ls /proc/self/fd | wc -l")
              .user(1234, 1234)
              .directory(Path.of("/"))
              .umask(077)
              .limit(Resource.CORE, 0, 0)
              .newSession()
              .passAs(7, channel);
      if (!Ask.canDo(spawn)) {
        return;
      }
      try (SpawnedProcess child = spawn.start()) {
        child.getOutputStream().write(" and input\n".getBytes(StandardCharsets.US_ASCII));
        child.getOutputStream().close();
        assertEquals(
            "content and input\n/\n0077\n0\n5\n", // 0, 1, 2, 7, and the directory that ls reads
            new String(child.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
        assertEquals(0, child.waitFor());
      }
    }
  }

  @Test
  void whatFailsInTheChildIsToldThoughItHasMemoryOfItsOwn() throws Exception {
    Path hidden = Files.createDirectory(folder.resolve("hidden"));
    Path program = Files.copy(Path.of("/bin/true").toRealPath(), hidden.resolve("program"));
    Files.setPosixFilePermissions(hidden, PosixFilePermissions.fromString("rwx------"));
    Spawn spawn = Spawn.command(program.toString()).user(1234, 1234);
    if (!Ask.canDo(spawn)) {
      return;
    }
    SystemCallException e = assertThrows(SystemCallException.class, spawn::start);
    assertEquals("EACCES", e.codeName());
    assertTrue(e.call().contains(program.toString()), e::toString);
    SystemCallException tooMany =
        assertThrows(
            SystemCallException.class,
            () -> Spawn.command("true").user(1234, 1234, new int[70_000]).start());
    assertTrue(tooMany.call().contains("setgroups"), tooMany.call().substring(0, 100));
    SystemCallException limit =
        assertThrows(
            SystemCallException.class,
            () -> Spawn.command("true").user(1, 1).openFileLimit(1L << 40, 1L << 40).start());
    assertTrue(limit.call().contains("prlimit"), limit::toString);
    // a script without an interpreter line goes through the shell, as in other children
    Path script = Files.writeString(folder.resolve("script"), "id -u\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertEquals("1234\n", Ask.said(Spawn.command(script.toString()).user(1234, 1234)));
  }
}
