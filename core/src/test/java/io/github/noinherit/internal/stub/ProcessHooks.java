// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.RawFlags;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The hooks pipe, pipe2, fcntl and posix_spawn under one key, called as libjava calls the
 * functions.
 */
final class ProcessHooks implements AutoCloseable {
  private static final int SIGKILL = 9;

  final int key;
  private final MemorySegment pipe;
  private final MemorySegment pipe2;
  private final MemorySegment fcntl;
  private final MemorySegment spawn;

  private ProcessHooks(int key, Map<String, Long> replaced) {
    this.key = key;
    Platform here = Platform.current();
    pipe = Probes.install(Hooks.processPipe(here, name -> address(name, replaced), key));
    pipe2 = Probes.install(Hooks.processPipe2(here, name -> address(name, replaced), key));
    fcntl = Probes.install(Hooks.processFcntl(here, name -> address(name, replaced), key));
    spawn = Probes.install(Hooks.processSpawn(here, name -> address(name, replaced), key));
  }

  private static long address(String name, Map<String, Long> replaced) {
    Long address = replaced.get(name);
    return address != null ? address : libc(name);
  }

  static long libc(String name) {
    return Native.symbol(name).address();
  }

  private static CallResult call(String function, long... arguments) {
    return Probes.call(MemorySegment.ofAddress(libc(function)), arguments);
  }

  /** With libc's functions, but some replaced by others. */
  static ProcessHooks with(Map<String, Long> replaced) {
    return withDestructor(libc("free"), replaced);
  }

  /** With a key that has a destructor. */
  static ProcessHooks withDestructor(long destructor, Map<String, Long> replaced) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(JAVA_INT);
      assertEquals(0, call("pthread_key_create", key.address(), destructor).intValue());
      return new ProcessHooks(key.get(JAVA_INT, 0), replaced);
    }
  }

  /** With a key that is none: nothing can be kept under it. */
  static ProcessHooks withoutKey() {
    return new ProcessHooks(Integer.MAX_VALUE, Map.of());
  }

  /** Frees this thread's record and the key. Threads that have ended have freed theirs. */
  @Override
  public void close() {
    if (key != Integer.MAX_VALUE) {
      call("free", call("pthread_getspecific", key).value());
      assertEquals(0, call("pthread_key_delete", key).intValue());
    }
  }

  /** How many numbers this thread's record says it has; -1 if there is no record. */
  int remembered() {
    long record = call("pthread_getspecific", key).value();
    return record == 0 ? -1 : Native.at(record, 72).get(JAVA_INT, 0);
  }

  CallResult pipe(long numbers) {
    return Probes.call(pipe, numbers);
  }

  CallResult pipe2(long numbers, int flags) {
    return Probes.call(pipe2, numbers, flags);
  }

  CallResult fcntl(int number, int command, int argument) {
    return Probes.call(fcntl, number, command, argument);
  }

  /** Pipes, made by pipe and pipe2 in turn: reading end, writing end, reading end… */
  List<Integer> pipes(int count) {
    List<Integer> numbers = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment two = arena.allocate(JAVA_INT, 2);
      for (int i = 0; i < count; i++) {
        CallResult made = i % 2 == 0 ? pipe(two.address()) : pipe2(two.address(), 0);
        assertEquals(0, made.intValue(), "errno " + made.errno());
        numbers.add(two.getAtIndex(JAVA_INT, 0));
        numbers.add(two.getAtIndex(JAVA_INT, 1));
      }
    }
    return numbers;
  }

  static void close(List<Integer> numbers) {
    numbers.forEach(RawFlags::close);
  }

  /**
   * Starts a program that sleeps.
   *
   * @param pid where its pid is written
   * @param actions the address of file actions, or 0
   * @return what posix_spawn returned
   */
  int start(String program, MemorySegment pid, long actions) {
    return start(spawn, program, pid, actions);
  }

  private static int start(MemorySegment spawn, String program, MemorySegment pid, long actions) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment arguments = arena.allocate(ADDRESS, 3);
      arguments.setAtIndex(ADDRESS, 0, arena.allocateFrom("sleep"));
      arguments.setAtIndex(ADDRESS, 1, arena.allocateFrom("60"));
      MemorySegment environment = arena.allocate(ADDRESS);
      long path = arena.allocateFrom(program).address();
      return Probes.call(
              spawn, pid.address(), path, actions, 0, arguments.address(), environment.address())
          .intValue();
    }
  }

  /** Starts a child and returns the descriptors that it has, asked of the kernel, by number. */
  DescriptorTable child(long actions) {
    return childBy(spawn, actions);
  }

  /** As {@link #child}, by libc's own posix_spawn. */
  static DescriptorTable plainChild() {
    return childBy(MemorySegment.ofAddress(libc("posix_spawn")), 0);
  }

  private static DescriptorTable childBy(MemorySegment spawn, long actions) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pid = arena.allocate(JAVA_INT);
      assertEquals(0, start(spawn, "/bin/sleep", pid, actions));
      int child = pid.get(JAVA_INT, 0);
      try {
        awaitExec(child);
        return DescriptorTable.of(child);
      } finally {
        assertEquals(0, call("kill", child, SIGKILL).intValue());
        assertEquals(child, call("waitpid", child, pid.address(), 0).intValue());
      }
    }
  }

  /** Under qemu-user posix_spawn returns before the child's exec; on a kernel it is over here. */
  private static void awaitExec(int child) {
    Path name = Path.of("/proc/" + child + "/comm");
    long deadline = System.nanoTime() + 10_000_000_000L;
    try {
      while (!Files.readString(name).equals("sleep\n") && System.nanoTime() < deadline) {
        Thread.sleep(1);
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The pipes that one child has and another has not. */
  static List<Descriptor> morePipes(DescriptorTable child, DescriptorTable other) {
    return child.since(other).stream().filter(d -> d.link().startsWith("pipe:")).toList();
  }

  /** Memory for file actions of the caller's, initialised. */
  static MemorySegment actions(Arena arena) {
    MemorySegment actions = arena.allocate(256, 16);
    assertEquals(0, call("posix_spawn_file_actions_init", actions.address()).intValue());
    return actions;
  }
}
