// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.ExecutableMemory;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.linux.DynamicLinker;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/*
 * The machine code that patched slots point to: one hook for each creator, made once by each copy
 * of this library in the process, and never unmapped, as a thread may be inside.
 *
 * In front of each hook stand two words:
 *
 *   hook - 16   MAGIC
 *   hook - 8    the address of the ledger
 *   hook        code
 *
 * So whoever looks at a slot sees whether it is patched, by whichever copy, and finds the one
 * ledger. No hook begins in the first 16 bytes of a page, so the words of a pointer that is no hook
 * can be looked at without leaving the page that the pointer points to, which is mapped.
 */
final class HookPage {
  /** "noinhrt1", read as a little-endian number. */
  static final long MAGIC = 0x3174_7268_6e69_6f6eL;

  private static final int FRONT = 16;

  /** The smallest there is. */
  private static final int PAGE = 4096;

  private static @Nullable HookPage ours;

  private final Ledger ledger;
  private final Map<String, Long> hooks;
  private final Map<String, Long> originals;

  private HookPage(Ledger ledger, Map<String, Long> hooks, Map<String, Long> originals) {
    this.ledger = ledger;
    this.hooks = hooks;
    this.originals = originals;
  }

  /**
   * This copy's page, made at the first call.
   *
   * @throws SystemCallException if memory may not be made executable, or no key for the records of
   *     process pipes can be had; nothing is left then but a ledger of 64 bytes and such a key
   */
  static HookPage get() throws SystemCallException {
    if (ours == null) {
      ours = make();
    }
    return ours;
  }

  private static HookPage make() throws SystemCallException {
    Platform platform = Platform.current();
    Map<String, byte[]> code = ProcessPipes.code(platform, recordsKey());
    Map<String, Long> originals = new HashMap<>();
    for (Map.Entry<String, Cover> c : Creators.covers().entrySet()) {
      // A function that this libc lacks can be in nobody's table.
      long function = DynamicLinker.global(c.getKey());
      originals.put(c.getKey(), function);
      if (function != 0) {
        code.put(c.getKey(), c.getValue().code(function, platform));
      }
    }
    Ledger ledger = Ledger.create();
    ByteArrayOutputStream page = new ByteArrayOutputStream(PAGE);
    Map<String, Long> hooks = new HashMap<>();
    for (Map.Entry<String, byte[]> c : code.entrySet()) {
      hooks.put(c.getKey(), append(page, c.getValue(), ledger.address()));
    }
    long start = ExecutableMemory.install(page.toByteArray()).address();
    for (Map.Entry<String, Long> h : hooks.entrySet()) {
      h.setValue(start + h.getValue());
    }
    return new HookPage(ledger, hooks, originals);
  }

  /** A hook outside of the page, for one function, with the same words in front. */
  static long single(byte[] code, Ledger ledger) throws SystemCallException {
    ByteArrayOutputStream page = new ByteArrayOutputStream();
    long offset = append(page, code, ledger.address());
    return ExecutableMemory.install(page.toByteArray()).address() + offset;
  }

  private static long append(ByteArrayOutputStream page, byte[] code, long ledger) {
    while (page.size() % 16 != 0 || (page.size() + FRONT) % PAGE == 0) {
      page.write(0);
    }
    page.writeBytes(
        ByteBuffer.allocate(FRONT)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(MAGIC)
            .putLong(ledger)
            .array());
    long offset = page.size();
    page.writeBytes(code);
    return offset;
  }

  /** A key for memory of each thread, which is freed when the thread ends. */
  private static int recordsKey() throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(JAVA_INT);
      // int pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
      MemorySegment create = MemorySegment.ofAddress(DynamicLinker.required("pthread_key_create"));
      long free = DynamicLinker.required("free");
      int error = Native.call(create, key.address(), free).intValue();
      if (error != 0) {
        throw new SystemCallException("pthread_key_create(…, free)", error);
      }
      return key.get(JAVA_INT, 0);
    }
  }

  Ledger ledger() {
    return ledger;
  }

  /** What a function means in the global scope, 0 if it is not there. */
  long original(String function) {
    Long known = originals.get(function);
    return known != null ? known : DynamicLinker.global(function);
  }

  /** The hook for a function, which this libc must have. */
  long hook(String function) {
    Long hook = hooks.get(function);
    if (hook == null) {
      throw new UnsupportedOperationException(
          "a library calls " + function + ", which the C library of this machine lacks");
    }
    return hook;
  }

  /** The ledger of whoever made the hook that a pointer points to, or null if it is no hook. */
  static @Nullable Ledger ledgerOf(long pointer) {
    if (pointer % 16 != 0 || pointer % PAGE < FRONT) {
      return null;
    }
    MemorySegment front = Native.at(pointer - FRONT, FRONT);
    return front.get(JAVA_LONG, 0) == MAGIC ? Ledger.at(front.get(JAVA_LONG, 8)) : null;
  }
}
