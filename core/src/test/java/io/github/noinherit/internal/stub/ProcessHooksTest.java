// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.RawFlags;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The hooks of libjava's pipe, pipe2, fcntl and posix_spawn: a child gets the pipes that its thread
 * has made, and the files that it has made inheritable, since its last start, and no other child
 * gets any.
 */
@Counted
@Tag("aarch64")
final class ProcessHooksTest {
  private static final int F_DUPFD = 0;
  private static final int F_GETFD = 1;
  private static final int F_SETFD = 2;
  private static final int ENOENT = 2;
  private static final int EBADF = 9;
  private static final int ENOMEM = 12;
  private static final int EFAULT = 14;
  private static final int EINVAL = 22;
  private static final int O_CLOEXEC = 0_2000000;

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment pid = arena.allocate(JAVA_INT);

  private static List<Descriptor> ours(List<Integer> numbers) {
    DescriptorTable table = DescriptorTable.ofThisProcess();
    return numbers.stream().sorted().map(n -> table.get(n).orElseThrow()).toList();
  }

  /** The child has these of our pipes, under their numbers, and no other of ours. */
  private static void assertGiven(
      List<Integer> numbers, DescriptorTable child, DescriptorTable plain) {
    List<Descriptor> given = ProcessHooks.morePipes(child, plain);
    List<Descriptor> ours = ours(numbers);
    assertEquals(numbers.stream().sorted().toList(), given.stream().map(d -> d.number()).toList());
    for (int i = 0; i < ours.size(); i++) {
      assertTrue(ours.get(i).sameFile(given.get(i)), given.get(i) + " is not " + ours.get(i));
    }
  }

  @Test
  void aChildGetsItsFivePipes() {
    try (ProcessHooks hooks = ProcessHooks.with(Map.of())) {
      List<Integer> pipes = hooks.pipes(5);
      for (int end : pipes) {
        assertTrue(RawFlags.isCloseOnExec(end));
      }
      assertEquals(10, hooks.remembered());
      DescriptorTable plain = ProcessHooks.plainChild();
      assertGiven(pipes, hooks.child(0), plain);
      for (int end : pipes) {
        assertTrue(RawFlags.isCloseOnExec(end), "the parent's flag stays");
      }
      assertEquals(0, hooks.remembered());
      assertGiven(List.of(), hooks.child(0), plain);
      List<Integer> more = hooks.pipes(1);
      assertGiven(more, hooks.child(0), plain);
      ProcessHooks.close(more);
      ProcessHooks.close(pipes);
    }
  }

  @Test
  void withoutAPipeThereIsNoRecord() {
    try (ProcessHooks hooks = ProcessHooks.with(Map.of())) {
      assertGiven(List.of(), hooks.child(0), ProcessHooks.plainChild());
      assertEquals(-1, hooks.remembered());
      assertEquals(ENOENT, hooks.start("/missing", pid, 0));
    }
  }

  @Test
  void ofMoreThanEightPairsTheLastEight() {
    try (ProcessHooks hooks = ProcessHooks.with(Map.of())) {
      for (int count : new int[] {8, 9, 19}) {
        List<Integer> pipes = hooks.pipes(count);
        assertGiven(
            pipes.subList(pipes.size() - 16, pipes.size()),
            hooks.child(0),
            ProcessHooks.plainChild());
        ProcessHooks.close(pipes);
      }
    }
  }

  @Test
  void numbersThatAreNotOpenAreSkipped() {
    try (ProcessHooks hooks = ProcessHooks.with(Map.of())) {
      List<Integer> pipes = hooks.pipes(4);
      List<Integer> stale = List.of(pipes.get(0), pipes.get(5), pipes.get(7));
      ProcessHooks.close(stale);
      List<Integer> open = new ArrayList<>(pipes);
      open.removeAll(stale);
      assertGiven(open, hooks.child(0), ProcessHooks.plainChild());
      ProcessHooks.close(open);
      ProcessHooks.close(hooks.pipes(3)); // all three
      assertGiven(List.of(), hooks.child(0), ProcessHooks.plainChild());
    }
  }

  @Test
  void aPipeThatIsNotForTheChildIsNotRemembered() {
    try (ProcessHooks hooks = ProcessHooks.with(Map.of())) {
      MemorySegment two = arena.allocate(JAVA_INT, 2);
      assertEquals(0, hooks.pipe2(two.address(), O_CLOEXEC).intValue());
      assertEquals(-1, hooks.remembered());
      List<Integer> pipes = hooks.pipes(2);
      assertGiven(pipes, hooks.child(0), ProcessHooks.plainChild());
      ProcessHooks.close(pipes);
      RawFlags.close(two.getAtIndex(JAVA_INT, 0));
      RawFlags.close(two.getAtIndex(JAVA_INT, 1));
      assertFails(EFAULT, hooks.pipe2(1, O_CLOEXEC));
    }
  }

  @Test
  void afterAPipeThatFailedNothingIsRemembered() {
    try (ProcessHooks hooks = ProcessHooks.with(Map.of())) {
      MemorySegment two = arena.allocate(JAVA_INT, 2);
      assertFails(EFAULT, hooks.pipe(1));
      assertEquals(-1, hooks.remembered());
      List<Integer> pipes = hooks.pipes(2);
      assertFails(EFAULT, hooks.pipe(1));
      assertEquals(0, hooks.remembered());
      ProcessHooks.close(hooks.pipes(1));
      assertFails(EINVAL, hooks.pipe2(two.address(), 1));
      assertEquals(0, hooks.remembered());
      assertGiven(List.of(), hooks.child(0), ProcessHooks.plainChild());
      ProcessHooks.close(pipes);
    }
  }

  private static void assertFails(int errno, CallResult result) {
    assertEquals(-1, result.intValue());
    assertEquals(errno, result.errno());
  }

  @Test
  void aStartThatFailedForgetsToo() {
    try (ProcessHooks hooks = ProcessHooks.with(Map.of())) {
      List<Integer> pipes = hooks.pipes(2);
      assertEquals(ENOENT, hooks.start("/missing", pid, 0));
      assertEquals(0, hooks.remembered());
      assertGiven(List.of(), hooks.child(0), ProcessHooks.plainChild());
      ProcessHooks.close(pipes);
    }
  }

  @Test
  void theCallersFileActionsAreKept() {
    try (ProcessHooks hooks = ProcessHooks.with(Map.of())) {
      MemorySegment actions = ProcessHooks.actions(arena);
      MemorySegment add =
          MemorySegment.ofAddress(ProcessHooks.libc("posix_spawn_file_actions_adddup2"));
      List<Integer> pipes = hooks.pipes(2);
      int end = pipes.getFirst();
      assertEquals(0, Probes.call(add, actions.address(), end, 333).intValue());
      DescriptorTable child = hooks.child(actions.address());
      assertTrue(child.get(333).orElseThrow().sameFile(ours(List.of(end)).getFirst()));
      List<Integer> expected = new ArrayList<>(pipes);
      expected.add(333);
      assertEquals(
          expected.stream().sorted().toList(),
          ProcessHooks.morePipes(child, ProcessHooks.plainChild()).stream()
              .map(d -> d.number())
              .toList());
      // Still the caller's: not destroyed, and of use to libc.
      MemorySegment destroy =
          MemorySegment.ofAddress(ProcessHooks.libc("posix_spawn_file_actions_destroy"));
      assertEquals(0, Probes.call(destroy, actions.address()).intValue());
      ProcessHooks.close(pipes);
    }
  }

  /** As libjava does with a file that a standard stream is redirected to. */
  @Test
  void aFileMadeInheritableIsSoInTheChildOnly() {
    try (ProcessHooks hooks = ProcessHooks.with(Map.of())) {
      List<Integer> files = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        int file = RawFlags.openInheritable(Path.of("/dev/zero"));
        RawFlags.setCloseOnExec(file, true);
        files.add(file);
      }
      DescriptorTable plain = ProcessHooks.plainChild();
      for (int file : files) {
        assertEquals(0, hooks.fcntl(file, F_SETFD, 0).intValue());
        assertTrue(RawFlags.isCloseOnExec(file));
      }
      assertEquals(3, hooks.remembered());
      List<Integer> pipes = hooks.pipes(5);
      assertEquals(13, hooks.remembered());
      DescriptorTable child = hooks.child(0);
      for (int file : files) {
        assertTrue(plain.get(file).isEmpty());
        assertEquals("/dev/zero", child.get(file).orElseThrow().link());
        assertTrue(RawFlags.isCloseOnExec(file));
      }
      assertGiven(pipes, child, plain);
      ProcessHooks.close(pipes);
      ProcessHooks.close(files);
    }
  }

  @Test
  void theOtherCommandsOfFcntlAreLeftAlone() {
    try (ProcessHooks hooks = ProcessHooks.with(Map.of())) {
      int file = RawFlags.openInheritable(Path.of("/dev/null"));
      assertEquals(0, hooks.fcntl(file, F_SETFD, 1).intValue());
      assertTrue(RawFlags.isCloseOnExec(file));
      assertEquals(1, hooks.fcntl(file, F_GETFD, 0).intValue());
      int copy = hooks.fcntl(file, F_DUPFD, 300).intValue();
      assertTrue(copy >= 300);
      assertTrue(RawFlags.isCloseOnExec(copy));
      assertFails(EINVAL, hooks.fcntl(file, 98765, 0));
      assertEquals(-1, hooks.remembered());
      RawFlags.close(copy);
      RawFlags.close(file);
      assertFails(EBADF, hooks.fcntl(file, F_SETFD, 0));
      assertFails(EBADF, hooks.fcntl(-1, F_SETFD, 0));
      assertFails(EBADF, hooks.fcntl(-1, F_GETFD, 0));
      assertEquals(-1, hooks.remembered());
    }
  }

  @Test
  void aNumberThatIsFoundInheritableIsRemembered() {
    try (ProcessHooks hooks = ProcessHooks.with(Map.of())) {
      int file = RawFlags.openInheritable(Path.of("/dev/null"));
      assertEquals(0, hooks.fcntl(file, F_GETFD, 0).intValue());
      assertEquals(1, hooks.remembered());
      RawFlags.close(file);
    }
  }

  @Test
  void withoutMemoryNoFileIsMadeInheritable() {
    int file = RawFlags.openInheritable(Path.of("/dev/null"));
    RawFlags.setCloseOnExec(file, true);
    MemorySegment frees = arena.allocate(JAVA_LONG);
    long free = Probes.counting(frees, ProcessHooks.libc("free"));
    long fails = Probes.returning(ENOMEM);
    try (ProcessHooks noMemory = ProcessHooks.with(Map.of("calloc", Probes.returning(0)));
        ProcessHooks noKey = ProcessHooks.withoutKey();
        ProcessHooks notKept =
            ProcessHooks.with(Map.of("free", free, "pthread_setspecific", fails))) {
      for (ProcessHooks hooks : List.of(noMemory, noKey, notKept)) {
        assertFails(ENOMEM, hooks.fcntl(file, F_SETFD, 0));
        assertTrue(RawFlags.isCloseOnExec(file));
      }
      assertEquals(1, frees.get(JAVA_LONG, 0));
    }
    RawFlags.close(file);
  }

  @Test
  void withoutMemoryThereIsNoPipe() {
    MemorySegment two = arena.allocate(JAVA_INT, 2);
    try (ProcessHooks noMemory = ProcessHooks.with(Map.of("calloc", Probes.returning(0)));
        ProcessHooks noKey = ProcessHooks.withoutKey()) {
      for (ProcessHooks hooks : List.of(noMemory, noKey)) {
        two.fill((byte) -1);
        assertFails(ENOMEM, hooks.pipe(two.address()));
        assertFalse(RawFlags.isOpen(two.getAtIndex(JAVA_INT, 0)));
        assertFalse(RawFlags.isOpen(two.getAtIndex(JAVA_INT, 1)));
        assertFails(ENOMEM, hooks.pipe2(two.address(), 0));
      }
    }
  }

  @Test
  void aRecordThatCannotBeKeptIsFreed() {
    MemorySegment frees = arena.allocate(JAVA_LONG);
    long free = Probes.counting(frees, ProcessHooks.libc("free"));
    MemorySegment two = arena.allocate(JAVA_INT, 2);
    try (ProcessHooks hooks =
        ProcessHooks.with(Map.of("free", free, "pthread_setspecific", Probes.returning(ENOMEM)))) {
      assertFails(ENOMEM, hooks.pipe(two.address()));
      assertEquals(1, frees.get(JAVA_LONG, 0));
      assertFalse(RawFlags.isOpen(two.getAtIndex(JAVA_INT, 0)));
      assertEquals(-1, hooks.remembered());
    }
  }

  @Test
  void fileActionsThatCannotBeMadeFailTheStart() {
    MemorySegment destroyed = arena.allocate(JAVA_LONG);
    String destroy = "posix_spawn_file_actions_destroy";
    long counting = Probes.counting(destroyed, ProcessHooks.libc(destroy));
    long fails = Probes.returning(ENOMEM);
    try (ProcessHooks init =
            ProcessHooks.with(Map.of("posix_spawn_file_actions_init", fails, destroy, counting));
        ProcessHooks add =
            ProcessHooks.with(
                Map.of("posix_spawn_file_actions_adddup2", fails, destroy, counting));
        ProcessHooks good = ProcessHooks.with(Map.of(destroy, counting))) {
      ProcessHooks.close(startFails(init, 0));
      assertEquals(0, destroyed.get(JAVA_LONG, 0));
      ProcessHooks.close(startFails(add, 0));
      assertEquals(1, destroyed.get(JAVA_LONG, 0));
      ProcessHooks.close(startFails(add, ProcessHooks.actions(arena).address()));
      assertEquals(1, destroyed.get(JAVA_LONG, 0), "those of the caller's are the caller's");
      List<Integer> pipes = good.pipes(1);
      good.child(0);
      assertEquals(2, destroyed.get(JAVA_LONG, 0));
      ProcessHooks.close(pipes);
    }
  }

  private List<Integer> startFails(ProcessHooks hooks, long actions) {
    List<Integer> pipes = hooks.pipes(2);
    assertEquals(ENOMEM, hooks.start("/bin/sleep", pid, actions));
    assertEquals(0, hooks.remembered());
    return pipes;
  }

  @Test
  void innerCallsFindTheStackAligned() {
    long probe = Probes.misalignment();
    MemorySegment two = arena.allocate(JAVA_INT, 2);
    try (ProcessHooks hooks = ProcessHooks.with(Map.of("pipe2", probe, "posix_spawn", probe))) {
      assertEquals(Probes.ALIGNED, hooks.pipe(two.address()).intValue());
      assertEquals(Probes.ALIGNED, hooks.pipe2(two.address(), 0).intValue());
      assertEquals(Probes.ALIGNED, hooks.pipe2(two.address(), O_CLOEXEC).intValue(), "a jump");
      assertEquals(Probes.ALIGNED, hooks.start("/bin/sleep", pid, 0), "a jump");
    }
    try (ProcessHooks hooks = ProcessHooks.with(Map.of("posix_spawn", probe))) {
      List<Integer> pipes = hooks.pipes(1);
      assertEquals(Probes.ALIGNED, hooks.start("/bin/sleep", pid, 0));
      ProcessHooks.close(pipes);
    }
  }

  /** Each thread's children get that thread's pipes, while the others make theirs. */
  @Test
  void threadsDoNotSeeEachOthersPipes() throws Exception {
    DescriptorTable plain = ProcessHooks.plainChild();
    try (ProcessHooks hooks = ProcessHooks.with(Map.of());
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> runs = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Callable<Void> starts =
            () -> {
              for (int round = 0; round < 25; round++) {
                List<Integer> pipes = hooks.pipes(1 + round % 5);
                assertGiven(pipes, hooks.child(0), plain);
                ProcessHooks.close(pipes);
              }
              return null;
            };
        runs.add(threads.submit(starts));
      }
      for (Future<?> run : runs) {
        run.get();
      }
      assertEquals(-1, hooks.remembered(), "this thread has made none");
    }
  }

  @Test
  void aThreadsRecordIsFreedWhenItEnds() throws Exception {
    MemorySegment frees = arena.allocate(JAVA_LONG);
    long destructor = Probes.counting(frees, ProcessHooks.libc("free"));
    try (ProcessHooks hooks = ProcessHooks.withDestructor(destructor, Map.of())) {
      for (int i = 1; i <= 20; i++) {
        Thread thread = new Thread(() -> ProcessHooks.close(hooks.pipes(12)));
        thread.start();
        thread.join();
        // join returns before the thread's last native steps
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (counter(frees) != i && System.nanoTime() < deadline) {
          Thread.sleep(1);
        }
        assertEquals(i, counter(frees));
      }
    }
  }

  private static long counter(MemorySegment word) {
    return (long) JAVA_LONG.varHandle().getVolatile(word, 0L);
  }
}
