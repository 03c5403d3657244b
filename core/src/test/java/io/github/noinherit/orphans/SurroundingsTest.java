// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.orphans;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Resource;
import io.github.noinherit.Spawn;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a child has that is not a descriptor, asked of the kernel from inside it. */
@Tag("aarch64")
@Tag("every-way")
@Counted(warmUp = WarmUp.class)
class SurroundingsTest {
  private static final String STATUS = "/proc/self/status";

  /** How /proc/PID/limits calls what getrlimit(2) calls otherwise. */
  private static final Map<Resource, String> NAMES =
      Map.ofEntries(
          Map.entry(Resource.CPU, "Max cpu time"),
          Map.entry(Resource.FSIZE, "Max file size"),
          Map.entry(Resource.DATA, "Max data size"),
          Map.entry(Resource.STACK, "Max stack size"),
          Map.entry(Resource.CORE, "Max core file size"),
          Map.entry(Resource.NPROC, "Max processes"),
          Map.entry(Resource.MEMLOCK, "Max locked memory"),
          Map.entry(Resource.AS, "Max address space"),
          Map.entry(Resource.SIGPENDING, "Max pending signals"),
          Map.entry(Resource.MSGQUEUE, "Max msgqueue size"),
          Map.entry(Resource.NICE, "Max nice priority"),
          Map.entry(Resource.RTPRIO, "Max realtime priority"),
          Map.entry(Resource.RTTIME, "Max realtime timeout"));

  @TempDir Path folder;

  private static String ours(String key) throws Exception {
    return Ask.line(Files.readString(Path.of(STATUS)), key);
  }

  @Test
  void unlessSetAllIsAsHere() throws Exception {
    String status = Ask.said(Ask.child(STATUS));
    for (String key : List.of("NSpgid", "NSsid", "Umask", "Uid", "Gid", "Groups", "NoNewPrivs")) {
      assertEquals(ours(key), Ask.line(status, key), key);
    }
    String cgroup = Ask.said(Ask.child("/proc/self/cgroup"));
    assertEquals(Files.readString(Path.of("/proc/self/cgroup")), cgroup);
    // but for open files, which the JVM raises for itself and its children
    String limits = Ask.said(Ask.child("/proc/self/limits"));
    assertEquals(
        Files.readString(Path.of("/proc/self/limits")).replaceAll("Max open files.*", ""),
        limits.replaceAll("Max open files.*", ""));
  }

  @Test
  void aProcessGroupOfItsOwn() throws Exception {
    String status = Ask.said(Ask.child(STATUS).newProcessGroup());
    assertEquals(Ask.line(status, "Pid"), Ask.line(status, "NSpgid"));
    assertEquals(ours("NSsid"), Ask.line(status, "NSsid"));
  }

  @Test
  void aSessionOfItsOwn() throws Exception {
    for (Spawn spawn :
        List.of(
            Ask.child(STATUS).newSession(),
            Ask.child(STATUS).newSession().newProcessGroup(),
            Ask.child(STATUS).newProcessGroup().newSession())) {
      String status = Ask.said(spawn);
      assertEquals(Ask.line(status, "Pid"), Ask.line(status, "NSpgid"));
      assertEquals(Ask.line(status, "Pid"), Ask.line(status, "NSsid"));
    }
  }

  @Test
  void aUmaskAlsoForRedirectFiles() throws Exception {
    Path file = folder.resolve("out");
    Path second = folder.resolve("made");
    Spawn spawn =
        Spawn.command("sh", "-c", "umask; : > \"$0\"", second.toString())
            .umask(027)
            .stdout(Redirect.to(file.toFile()));
    if (!Ask.canDo(spawn)) {
      return;
    }
    assertEquals(0, spawn.start().waitFor());
    assertEquals("0027\n", Files.readString(file));
    for (Path made : List.of(file, second)) {
      assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
    }
    assertNotEquals("0027", ours("Umask"));
  }

  @Test
  void aUmaskThatCannotBeIsRefused() {
    Spawn spawn = Spawn.command("true");
    assertThrows(IllegalArgumentException.class, () -> spawn.umask(01000));
    assertThrows(IllegalArgumentException.class, () -> spawn.umask(-1));
  }

  @Test
  void noNewPrivileges() throws Exception {
    Spawn spawn = Ask.child(STATUS).noNewPrivileges();
    if (Ask.canDo(spawn)) {
      assertEquals("1", Ask.line(Ask.said(spawn), "NoNewPrivs"));
      assertEquals("0", ours("NoNewPrivs"));
    }
  }

  private static String limit(String limits, Resource resource) {
    String line =
        limits
            .lines()
            .filter(l -> l.startsWith(NAMES.get(resource) + " "))
            .findFirst()
            .orElseThrow();
    String[] words = line.substring(NAMES.get(resource).length()).strip().split(" +", -1);
    return words[0] + " " + words[1];
  }

  @ParameterizedTest
  @EnumSource
  void eachLimit(Resource resource) throws Exception {
    String before = limit(Files.readString(Path.of("/proc/self/limits")), resource);
    String hard = before.split(" ", -1)[1];
    // a value that lets cat run, and that is not above the hard limit here
    long value =
        switch (resource) {
          case CPU -> 1000;
          case NICE, RTPRIO -> 0;
          case NPROC, SIGPENDING -> 1000;
          case RTTIME, MSGQUEUE, MEMLOCK -> 4096;
          default -> 1L << 32;
        };
    long wanted = hard.equals("unlimited") ? value : Math.min(value, Long.parseLong(hard));
    Spawn spawn = Ask.child("/proc/self/limits").limit(resource, wanted, wanted);
    if (Ask.canDo(spawn)) {
      assertEquals(wanted + " " + wanted, limit(Ask.said(spawn), resource));
      assertEquals(before, limit(Files.readString(Path.of("/proc/self/limits")), resource));
    }
  }

  @Test
  void severalLimitsAndAnUnlimitedOne() throws Exception {
    Spawn spawn =
        Ask.child("/proc/self/limits")
            .limit(Resource.CPU, 7, Resource.UNLIMITED)
            .limit(Resource.CORE, 0, 0)
            .openFileLimit(50, 60);
    if (Ask.canDo(spawn)) {
      String limits = Ask.said(spawn);
      assertEquals("7 unlimited", limit(limits, Resource.CPU));
      assertEquals("0 0", limit(limits, Resource.CORE));
      assertTrue(limits.matches("(?s).*Max open files +50 +60 .*"), limits);
    }
  }

  @Test
  void aLimitThatCannotBeIsRefused() {
    Spawn spawn = Spawn.command("true");
    assertThrows(IllegalArgumentException.class, () -> spawn.limit(Resource.CPU, 6, 5));
    assertThrows(IllegalArgumentException.class, () -> spawn.limit(Resource.CPU, -2, 5));
    assertThrows(
        IllegalArgumentException.class, () -> spawn.limit(Resource.CPU, Resource.UNLIMITED, 5));
    spawn.limit(Resource.CPU, 0, Resource.UNLIMITED);
  }

  @Test
  void aLimitHasTheNumberOfItsName() {
    assertEquals(NAMES.keySet().size(), Resource.values().length);
    assertFalse(List.of(Resource.values()).toString().toUpperCase(Locale.ROOT).contains("NOFILE"));
  }

  @Test
  @Needs(Need.ROOT)
  void aControlGroup() throws Exception {
    Path group = OwnCgroup.make();
    try {
      Spawn spawn = Ask.child("/proc/self/cgroup").cgroup(group);
      if (Ask.canDo(spawn)) {
        String said = Ask.said(spawn);
        assertTrue(said.contains("/" + group.getFileName() + "\n"), said);
        assertFalse(Files.readString(Path.of("/proc/self/cgroup")).contains("" + group));
      }
    } finally {
      OwnCgroup.remove(group);
    }
  }

  @Test
  void aDirectoryThatIsNoControlGroupIsRefused() {
    Spawn spawn = Spawn.command("true").cgroup(folder);
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, spawn::start);
    assertTrue(String.valueOf(e.getMessage()).contains("cgroup.controllers"), e::toString);
  }

  @Test
  void allOfItAtOnceWithManyHandles() throws Exception {
    Spawn spawn =
        Ask.child(STATUS, "/proc/self/limits")
            .newSession()
            .umask(0)
            .noNewPrivileges()
            .limit(Resource.CORE, 0, 0);
    if (!Ask.canDo(spawn)) {
      return;
    }
    try (var a = java.nio.channels.FileChannel.open(Path.of("/dev/null"))) {
      for (int i = 0; i < 300; i++) {
        spawn.passAs(3 + i, a);
      }
      String said = Ask.said(spawn);
      assertEquals("0000", Ask.line(said, "Umask"));
      assertEquals("1", Ask.line(said, "NoNewPrivs"));
      assertEquals(Ask.line(said, "Pid"), Ask.line(said, "NSsid"));
      assertEquals("0 0", limit(said, Resource.CORE));
    }
  }

  @Test
  void aFailureNamesItsStepAndLeavesNothing() throws Exception {
    Spawn spawn = Spawn.command("/proc/self/status").umask(022).newProcessGroup();
    if (!Ask.isPosixSpawn()) {
      assertThrows(SystemCallException.class, spawn::start);
    }
    // more than the kernel knows of: nr_open
    Spawn tooMuch = Spawn.command("true").openFileLimit(1L << 40, 1L << 40).newProcessGroup();
    if (!Ask.isPosixSpawn()) {
      SystemCallException e = assertThrows(SystemCallException.class, tooMuch::start);
      assertTrue(e.call().contains("RLIMIT_NOFILE"), e::toString);
    }
  }
}
