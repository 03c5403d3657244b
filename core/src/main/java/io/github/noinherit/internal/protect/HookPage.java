// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.ExecutableMemory;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/*
 * The machine code that patched slots point to: one hook for each creator that a library imports,
 * made once by each copy of this library in the process when it is first needed, and never
 * unmapped, as a thread may be inside.
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
  private final CFunctions functions;
  private final int recordsKey;
  private final Map<String, Long> hooks = new HashMap<>();

  private HookPage(Ledger ledger, CFunctions functions, int recordsKey) {
    this.ledger = ledger;
    this.functions = functions;
    this.recordsKey = recordsKey;
  }

  /**
   * This copy's hooks, none at the first call.
   *
   * @throws SystemCallException if no key for the records of process pipes can be had
   */
  static HookPage get() throws SystemCallException {
    if (ours == null) {
      CFunctions functions = new CFunctions();
      functions.findAll(List.of("pthread_key_create", "free"));
      ours = new HookPage(Ledger.create(), functions, recordsKey(functions));
    }
    return ours;
  }

  /**
   * Makes those hooks of these names that are not there yet, on one page more.
   *
   * @throws SystemCallException if memory may not be made executable
   */
  void make(Set<String> names) throws SystemCallException {
    ByteArrayOutputStream page = new ByteArrayOutputStream(PAGE);
    Map<String, Long> offsets = new HashMap<>();
    for (String name : names) {
      if (!hooks.containsKey(name)) {
        offsets.put(name, append(page, code(name), ledger.address()));
      }
    }
    if (!offsets.isEmpty()) {
      long start = ExecutableMemory.install(page.toByteArray()).address();
      for (Map.Entry<String, Long> o : offsets.entrySet()) {
        hooks.put(o.getKey(), start + o.getValue());
      }
    }
  }

  private byte[] code(String name) {
    Platform platform = Platform.current();
    Cover cover = Creators.covers().get(name);
    return cover != null
        ? cover.code(name, functions, platform)
        : ProcessPipes.code(name, functions, platform, recordsKey);
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
  private static int recordsKey(CFunctions functions) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(JAVA_INT);
      // int pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
      MemorySegment create = MemorySegment.ofAddress(functions.applyAsLong("pthread_key_create"));
      long free = functions.applyAsLong("free");
      int error = Native.call(create, key.address(), free).intValue();
      if (error != 0) {
        throw new SystemCallException("pthread_key_create(…, free)", error);
      }
      return key.asByteBuffer().order(ByteOrder.nativeOrder()).getInt(0);
    }
  }

  Ledger ledger() {
    return ledger;
  }

  /** What functions mean in the global scope. */
  CFunctions functions() {
    return functions;
  }

  /** The hook of a name, or 0 if it was not made yet. */
  long hook(String name) {
    return hooks.getOrDefault(name, 0L);
  }

  /** The ledger of whoever made the hook that a pointer points to, or null if it is no hook. */
  static @Nullable Ledger ledgerOf(long pointer) {
    if (pointer % 16 != 0 || pointer % PAGE < FRONT) {
      return null;
    }
    ByteBuffer front = Native.memory(pointer - FRONT, FRONT);
    return front.getLong(0) == MAGIC ? Ledger.at(front.getLong(8)) : null;
  }
}
