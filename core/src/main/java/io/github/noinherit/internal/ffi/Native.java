// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/*
 * The only linker.
 *
 * Every native function that noinherit calls takes at most six arguments, each an integer or an
 * address, and returns an integer or an address. So all calls go through one call shape,
 *
 *     long f(long, long, long, long, long, long)
 *
 * with the function's address as a parameter and errno captured by the same call. Linking a shape
 * costs milliseconds of start-up, a second function of the same shape costs nothing.
 *
 * Why this is right on Linux x86-64 and aarch64:
 *  - Both ABIs pass the first six integer arguments in registers. A callee that takes fewer does
 *    not look at the rest (System V AMD64 psABI 3.2.3; AAPCS64 6.8.2).
 *  - An int argument occupies the low half of its register and the callee may not rely on the high
 *    half; we pass sign-extended longs.
 *  - An int result leaves the high half of the register undefined: CallResult.intValue() cuts it.
 *  - Variadic functions (fcntl, ioctl, open) take their arguments in the same registers as others
 *    on both. On x86-64 the caller must also set AL to the number of vector registers used; the
 *    JDK's linker does so in every downcall (jdk.internal.foreign.abi.x64.sysv.CallArranger). An
 *    ABI that treats variadic arguments differently (Apple's on arm64) would need a shape of its
 *    own with Linker.Option.firstVariadicArg.
 *
 * errno belongs to the thread and may be overwritten by the JVM between two Java instructions, so
 * it is captured inside the downcall and leaves with the result.
 */
public final class Native {
  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final int ERRNO = offsetOf("errno");
  private static final Link LINK = Link.make();
  // size_t strlen(const char *string);
  private static final MemorySegment strlen = symbol("strlen");
  private static final AtomicReference<@Nullable State> SPARE = new AtomicReference<>();

  private Native() {}

  /** The linked call shape, or why native access was refused. */
  private record Link(@Nullable MethodHandle call, @Nullable IllegalCallerException refused) {
    private static Link make() {
      var l = ValueLayout.JAVA_LONG;
      try {
        return new Link(
            Linker.nativeLinker()
                .downcallHandle(
                    FunctionDescriptor.of(l, l, l, l, l, l, l),
                    Linker.Option.captureCallState("errno")),
            null);
      } catch (IllegalCallerException e) {
        return new Link(null, e);
      }
    }
  }

  /** Where a call leaves errno. One is kept for the next call; the others go with the garbage. */
  private record State(MemorySegment segment, ByteBuffer bytes) {
    private static State make() {
      MemorySegment segment = Arena.ofAuto().allocate(CAPTURE);
      return new State(segment, segment.asByteBuffer().order(ByteOrder.nativeOrder()));
    }
  }

  /** Where a word is in what a call leaves. Paths of layouts would do the same in milliseconds. */
  private static int offsetOf(String name) {
    int offset = 0;
    for (MemoryLayout member : CAPTURE.memberLayouts()) {
      if (member.name().orElse("").equals(name)) {
        return offset;
      }
      offset += (int) member.byteSize();
    }
    throw new AssertionError("no " + name + " in " + CAPTURE);
  }

  /** The flag that gives this library native access, as it must be typed. */
  public static String nativeAccessFlag() {
    Module module = Native.class.getModule();
    return "--enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
  }

  /** Why no native call can be made, or null if calls can be made. */
  public static @Nullable String refusal() {
    IllegalCallerException refused = LINK.refused();
    return refused == null
        ? null
        : "this JVM denies native access ("
            + refused.getMessage()
            + "); start it with "
            + nativeAccessFlag();
  }

  /**
   * The address of a function or variable of the C library, or null if it has none of that name.
   */
  public static @Nullable MemorySegment find(String symbol) {
    return Linker.nativeLinker().defaultLookup().find(symbol).orElse(null);
  }

  /** The address of a function or variable that every supported C library has. */
  public static MemorySegment symbol(String symbol) {
    MemorySegment address = find(symbol);
    if (address == null) {
      throw new UnsupportedOperationException(
          "the C library of this machine has no " + symbol + "; noinherit supports glibc on Linux");
    }
    return address;
  }

  /** The address of a symbol of a library that is loaded already, named by its path. */
  public static @Nullable MemorySegment find(Path library, String symbol, Arena a) {
    return SymbolLookup.libraryLookup(library, a).find(symbol).orElse(null);
  }

  /**
   * Calls a native function through the one call shape.
   *
   * @throws UnsupportedOperationException if the JVM denies native access; the message has the flag
   */
  public static CallResult call(
      MemorySegment function, long a0, long a1, long a2, long a3, long a4, long a5) {
    MethodHandle call = LINK.call();
    if (call == null) {
      throw new UnsupportedOperationException(refusal(), LINK.refused());
    }
    State spare = SPARE.getAndSet(null);
    State state = spare != null ? spare : State.make();
    try {
      long value = (long) call.invokeExact(function, state.segment(), a0, a1, a2, a3, a4, a5);
      return new CallResult(value, state.bytes().getInt(ERRNO));
    } catch (Error | RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a downcall of integers throws no checked exception", e);
    } finally {
      SPARE.set(state);
    }
  }

  /** {@link #call} with fewer arguments; the rest is zero. */
  public static CallResult call(MemorySegment function) {
    return call(function, 0, 0, 0, 0, 0, 0);
  }

  /** {@link #call} with fewer arguments; the rest is zero. */
  public static CallResult call(MemorySegment function, long a0) {
    return call(function, a0, 0, 0, 0, 0, 0);
  }

  /** {@link #call} with fewer arguments; the rest is zero. */
  public static CallResult call(MemorySegment function, long a0, long a1) {
    return call(function, a0, a1, 0, 0, 0, 0);
  }

  /** {@link #call} with fewer arguments; the rest is zero. */
  public static CallResult call(MemorySegment function, long a0, long a1, long a2) {
    return call(function, a0, a1, a2, 0, 0, 0);
  }

  /** {@link #call} with fewer arguments; the rest is zero. */
  public static CallResult call(MemorySegment function, long a0, long a1, long a2, long a3) {
    return call(function, a0, a1, a2, a3, 0, 0);
  }

  /** {@link #call} with fewer arguments; the rest is zero. */
  public static CallResult call(
      MemorySegment function, long a0, long a1, long a2, long a3, long a4) {
    return call(function, a0, a1, a2, a3, a4, 0);
  }

  /** Memory at a raw address, for reading what native code left there. */
  public static MemorySegment at(long address, long bytes) {
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }

  /** The same, as a buffer: reading it needs no method handle, which takes long to make. */
  public static ByteBuffer memory(long address, int bytes) {
    return at(address, bytes).asByteBuffer().order(ByteOrder.nativeOrder());
  }

  /** A pointer, or another word, at a raw address. */
  public static long word(long address) {
    return memory(address, Long.BYTES).getLong(0);
  }

  /** The C string at an address, decoded as the JVM's locale says. */
  public static String string(long address) {
    byte[] bytes = new byte[Math.toIntExact(call(strlen, address).value())];
    memory(address, bytes.length).get(bytes);
    return new String(bytes, Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
  }
}
