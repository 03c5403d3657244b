// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The hooks as arrays of bytes, and the one that replaces a name. */
@Tag("aarch64")
final class HooksTest {
  private static final long FUNCTION = 0x0123_4567_89ab_cdefL;

  private static final List<Function<Platform, byte[]>> ALL =
      List.of(
          p -> Hooks.addFlag(p, 0, 1, FUNCTION),
          p -> Hooks.setArgument(p, 3, 1, FUNCTION),
          p -> Hooks.dup(p, FUNCTION),
          p -> Hooks.dup2(p, FUNCTION, FUNCTION),
          p -> Hooks.fcntl(p, FUNCTION),
          p -> Hooks.epollCreate(p, FUNCTION, FUNCTION),
          p -> Hooks.creat(p, FUNCTION),
          p -> Hooks.addToMode(p, FUNCTION),
          p -> Hooks.processPipe(p, name -> FUNCTION, 7),
          p -> Hooks.processPipe2(p, name -> FUNCTION, 7),
          p -> Hooks.processSpawn(p, name -> FUNCTION, 7),
          p -> Hooks.replaceName(p, FUNCTION, FUNCTION));

  @Test
  void beginWithTheLandingPadOfTheirMachine() {
    for (Function<Platform, byte[]> hook : ALL) {
      assertEquals(0xfa1e_0ff3, first(hook.apply(Platform.LINUX_X86_64)), "endbr64");
      assertEquals(0xd503_245f, first(hook.apply(Platform.LINUX_AARCH64)), "bti c");
    }
  }

  private static int first(byte[] code) {
    return ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  @Test
  void areMadeAnewForEachCaller() {
    for (Function<Platform, byte[]> hook : ALL) {
      byte[] one = hook.apply(Platform.LINUX_X86_64);
      assertNotSame(one, hook.apply(Platform.LINUX_X86_64));
      assertEquals(0, one.length % 8, "the literals at the end are aligned");
    }
  }

  @Test
  void thereAreNoneForOtherMachines() {
    for (Function<Platform, byte[]> hook : ALL) {
      assertThrows(UnsupportedOperationException.class, () -> hook.apply(Platform.OTHER));
    }
  }

  @Test
  void onlyTheFirstFourArguments() {
    for (int argument : new int[] {-1, 4}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> Hooks.addFlag(Platform.LINUX_X86_64, argument, 1, FUNCTION));
      assertThrows(
          IllegalArgumentException.class,
          () -> Hooks.setArgument(Platform.LINUX_X86_64, argument, 1, FUNCTION));
    }
  }

  private static MemorySegment replaced = MemorySegment.NULL;

  /** Called by the hook: the address of another name, if this one is "old". */
  static long replace(long name) {
    return Native.string(name).equals("old") ? replaced.address() : name;
  }

  @Test
  void aNameIsReplacedAndTheSecondArgumentKept() throws Exception {
    MemorySegment upcall =
        Native.upcall(
            MethodHandles.lookup()
                .findStatic(
                    HooksTest.class, "replace", MethodType.methodType(long.class, long.class)));
    // char *strchr(const char *text, int c)
    MemorySegment hook =
        Probes.install(
            Hooks.replaceName(
                Platform.current(), upcall.address(), Native.symbol("strchr").address()));
    try (Arena arena = Arena.ofConfined()) {
      replaced = arena.allocateFrom("quite new");
      long old = arena.allocateFrom("old").address();
      long kept = arena.allocateFrom("stays as it is").address();
      assertEquals(replaced.address() + 6, Probes.call(hook, old, 'n').value());
      assertEquals(0, Probes.call(hook, old, 'o').value());
      assertEquals(kept + 2, Probes.call(hook, kept, 'a').value());
    }
  }

  @Test
  void theUpcallFindsTheStackAligned() {
    // labs(misalignment(name)), as the second function sees what the first returned
    MemorySegment hook =
        Probes.install(
            Hooks.replaceName(
                Platform.current(), Probes.misalignment(), Native.symbol("labs").address()));
    assertEquals(Probes.ALIGNED, Probes.call(hook, 0, 0).value());
  }
}
