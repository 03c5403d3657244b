// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.jdk.JniCallback;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The hooks as arrays of bytes, and the one that calls Java. */
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
          p -> Hooks.processFcntl(p, name -> FUNCTION, 7),
          p -> Hooks.load(p, FUNCTION, FUNCTION, FUNCTION, FUNCTION));

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

  private static final List<String> LOADED = new ArrayList<>();

  /** Called by the hook, through JNI. */
  static void loading(long name) {
    LOADED.add(Native.string(name));
  }

  @Test
  void javaIsCalledWithTheNameBeforeTheFunctionIs() throws Exception {
    JniCallback callback = JniCallback.of(HooksTest.class, "loading", "(J)V");
    // char *strchr(const char *text, int c)
    MemorySegment hook = load(callback, Native.symbol("strchr").address());
    try (Arena arena = Arena.ofConfined()) {
      long name = arena.allocateFrom("/lib/any.so").address();
      assertEquals(name + 5, Probes.call(hook, name, 'a').value());
      assertEquals(List.of("/lib/any.so"), LOADED);
      assertEquals(0, Probes.call(hook, name, 'z').value());
      assertEquals(2, LOADED.size());
      MemorySegment aligned = load(callback, Probes.misalignment());
      assertEquals(Probes.ALIGNED, Probes.call(aligned, name, 1).intValue());
      assertEquals(3, LOADED.size());
      assertEquals(Probes.ALIGNED, Probes.call(aligned, 0, 1).intValue());
      assertEquals(3, LOADED.size(), "dlopen(NULL) names no library");
    } finally {
      LOADED.clear();
    }
  }

  private static MemorySegment load(JniCallback callback, long function) {
    return Probes.install(
        Hooks.load(
            Platform.current(), function, callback.vm(), callback.type(), callback.method()));
  }
}
