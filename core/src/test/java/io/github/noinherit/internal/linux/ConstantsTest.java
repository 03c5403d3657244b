// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.CProgram;
import io.github.noinherit.internal.ffi.ExecutableMemory;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.posix.PosixSpawn;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every constant is what the C headers of this machine say, under the same name. */
@Needs(Need.COMPILER)
final class ConstantsTest {
  private static final List<String> INCLUDES =
      List.of(
          "errno.h",
          "fcntl.h",
          "linux/close_range.h",
          "netinet/in.h",
          "signal.h",
          "spawn.h",
          "sys/epoll.h",
          "sys/eventfd.h",
          "sys/ioctl.h",
          "sys/mman.h",
          "sys/prctl.h",
          "sys/resource.h",
          "sys/socket.h",
          "sys/stat.h",
          "sys/syscall.h",
          "sys/un.h",
          "sys/wait.h",
          "time.h",
          "unistd.h");

  /** Names that are of ours, not of C. */
  private static final Set<String> OURS =
      Set.of(
          "PAGE",
          "FILE_ACTIONS",
          "ATTRIBUTES",
          "SIGSET",
          "PIDFD_INFO_SIZE",
          "HIGHEST",
          "GLIBC_FIRST",
          "GLIBC_LAST",
          "STRUCT_SIGACTION",
          "CHUNK");

  /**
   * Younger than the headers of supported machines may be (linux/pidfd.h of 6.15, memfd.h of 6.3).
   */
  private static final Set<String> YOUNG =
      Set.of("PIDFD_GET_INFO", "PIDFD_INFO_EXIT", "MFD_NOEXEC_SEAL");

  /** Enumerators rather than macros. */
  private static final Set<String> ENUMERATORS =
      Set.of(
          "P_PID", "P_PIDFD", "SHUT_RDWR", "SCM_RIGHTS", "EPOLLIN", "RLIMIT_NOFILE", "EFD_CLOEXEC");

  @TempDir Path folder;

  private static Map<String, Long> constants(Class<?>... classes) throws IllegalAccessException {
    Map<String, Long> constants = new LinkedHashMap<>();
    for (Class<?> type : classes) {
      for (Field f : type.getDeclaredFields()) {
        boolean number = f.getType() == int.class || f.getType() == long.class;
        if (number && Modifier.isStatic(f.getModifiers()) && Modifier.isFinal(f.getModifiers())) {
          f.setAccessible(true);
          if (!OURS.contains(f.getName())) {
            constants.put(f.getName(), ((Number) f.get(null)).longValue());
          }
        }
      }
    }
    return constants;
  }

  @Test
  void areThoseOfTheHeaders() throws Exception {
    Map<String, Long> ours =
        constants(
            Posix.class,
            Linux.class,
            Errno.class,
            Signals.class,
            MemoryFile.class,
            PosixSpawn.class,
            ExecutableMemory.class);
    assertTrue(ours.size() > 80, "only " + ours.size());
    List<String> body = new ArrayList<>();
    for (String name : ours.keySet()) {
      body.add(ENUMERATORS.contains(name) ? CProgram.print(name, name) : CProgram.printMacro(name));
    }
    List<String> includes = new ArrayList<>(INCLUDES);
    Map<String, String> headers = CProgram.run(folder, includes, body);
    for (var entry : ours.entrySet()) {
      String header = headers.get(entry.getKey());
      if (YOUNG.contains(entry.getKey()) && header.equals("missing")) {
        continue;
      }
      assertEquals(header, "" + entry.getValue(), entry.getKey());
    }
  }

  @Test
  void openFlagsOfThisMachine() throws Exception {
    Map<String, String> headers =
        CProgram.run(
            folder,
            INCLUDES,
            List.of(CProgram.printMacro("O_DIRECT"), CProgram.printMacro("O_NOFOLLOW")));
    assertEquals(headers.get("O_DIRECT"), "" + OpenFlags.oDirect(Platform.current()));
    assertEquals(headers.get("O_NOFOLLOW"), "" + OpenFlags.oNofollow(Platform.current()));
  }

  @Test
  void systemCallNumbersOfThisMachine() throws Exception {
    List<String> body = new ArrayList<>();
    for (Syscall call : Syscall.values()) {
      body.add(CProgram.printMacro("SYS_" + call.name().toLowerCase(Locale.ROOT)));
    }
    Map<String, String> headers = CProgram.run(folder, INCLUDES, body);
    for (Syscall call : Syscall.values()) {
      String name = "SYS_" + call.name().toLowerCase(Locale.ROOT);
      assertEquals(headers.get(name), "" + call.number(Platform.current()), name);
    }
  }

  @Test
  void systemCallNumbersOfAarch64AreThoseOfTheGenericTable() throws Exception {
    List<String> body = new ArrayList<>();
    for (Syscall call : Syscall.values()) {
      body.add(CProgram.printMacro("__NR_" + call.name().toLowerCase(Locale.ROOT)));
    }
    // The generic table decides by macros which names a 64-bit machine has. sys/types.h and stdio.h
    // do not define any __NR_.
    List<String> includes = List.of("asm-generic/unistd.h");
    Map<String, String> headers = CProgram.run(folder, includes, withClone3(body));
    for (Syscall call : Syscall.values()) {
      String name = "__NR_" + call.name().toLowerCase(Locale.ROOT);
      if (!(call == Syscall.CLONE3 && headers.get(name).equals("missing"))) {
        assertEquals(headers.get(name), "" + call.number(Platform.LINUX_AARCH64), name);
      }
    }
  }

  /** fcntl is named by its width in the generic table. */
  private static List<String> withClone3(List<String> body) {
    return body.stream()
        .map(
            line ->
                line.contains("__NR_fcntl") ? CProgram.print("__NR_fcntl", "__NR3264_fcntl") : line)
        .toList();
  }

  @Test
  void structsOfThisMachine() throws Exception {
    List<String> body =
        List.of(
            CProgram.print("epoll_event", "sizeof(struct epoll_event)"),
            CProgram.print("epoll_event.data", "offsetof(struct epoll_event, data)"),
            CProgram.print("sigaction", "sizeof(struct sigaction)"),
            CProgram.print("stat", "sizeof(struct stat)"),
            CProgram.print("stat.mode", "offsetof(struct stat, st_mode)"),
            CProgram.print("sockaddr_un", "sizeof(struct sockaddr_un)"),
            CProgram.print("file_actions", "sizeof(posix_spawn_file_actions_t)"),
            CProgram.print("attributes", "sizeof(posix_spawnattr_t)"),
            CProgram.print("sigset", "sizeof(sigset_t)"),
            CProgram.print("nsig", "_NSIG"));
    Map<String, String> headers = CProgram.run(folder, INCLUDES, body);
    Platform platform = Platform.current();
    assertEquals(headers.get("epoll_event"), "" + EpollEvent.size(platform));
    assertEquals(headers.get("epoll_event.data"), "" + EpollEvent.dataOffset(platform));
    assertEquals(headers.get("sigaction"), value(Signals.class, "STRUCT_SIGACTION"));
    assertEquals(headers.get("file_actions"), value(PosixSpawn.class, "FILE_ACTIONS"));
    assertEquals(headers.get("attributes"), value(PosixSpawn.class, "ATTRIBUTES"));
    assertEquals(headers.get("sigset"), value(PosixSpawn.class, "SIGSET"));
    assertEquals(headers.get("sockaddr_un"), "110");
    assertEquals(Integer.parseInt(headers.get("nsig")) - 1, Signals.HIGHEST);
    Class<?> status = Class.forName("io.github.noinherit.internal.posix.FileStatus");
    assertTrue(
        Integer.parseInt(headers.get("stat")) <= Integer.parseInt(value(status, "STAT_SIZE")));
    var offset = status.getDeclaredMethod("modeOffset", Platform.class);
    offset.setAccessible(true);
    assertEquals(headers.get("stat.mode"), "" + offset.invoke(null, platform));
  }

  private static String value(Class<?> type, String field) throws ReflectiveOperationException {
    Field f = type.getDeclaredField(field);
    f.setAccessible(true);
    return "" + f.get(null);
  }
}
