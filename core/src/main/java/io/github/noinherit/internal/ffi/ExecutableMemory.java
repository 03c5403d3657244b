// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.ffi;

import io.github.noinherit.SystemCallException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/*
 * Pages of machine code. Written while writable, then made executable and never writable again
 * (W^X), and never unmapped: a thread may be inside.
 *
 * Instruction cache on aarch64, where it does not see what was stored. Three things are needed.
 *
 * 1. The data cache cleaned, and the instruction cache invalidated on all cores. Linux does both
 *    inside our mprotect, before the page's entry becomes executable: set_pte_at calls
 *    __sync_icache_dcache for an entry that a process may execute (arch/arm64/mm/flush.c and
 *    include/asm/pgtable.h). It does so once: a flag of the page, PG_dcache_clean, says that it was
 *    done, and a store by a process does not clear it. So this holds for a page that was never
 *    executable before, as each of ours, and would not hold for one that was made writable once
 *    more. Instructions of ours for it (dc cvau, ic ivau) would themselves have to be code that is
 *    there already. All of this is read in the kernel's source; no manual page promises it, and an
 *    emulator without such caches cannot test it.
 * 2. The calling core must not have fetched ahead: it comes back from a system call, and the return
 *    from an exception synchronises its context.
 * 3. Nor must any other core that goes there. That it has read the address from a pointer does not
 *    help, as the architecture does not order a fetch after a load. What helps is that nothing can
 *    be fetched from a page while its entry forbids it. So only a core that has fetched from this
 *    address out of older code, unmapped since, and was not interrupted from then until now, could
 *    hold something else: instructions in flight, against munmap, mmap, the copy and mprotect. The
 *    letter of the architecture asks for a barrier there too, which Linux has in
 *    membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE). We do not call it.
 */
public final class ExecutableMemory {
  private static final int PAGE = 4096;

  /** mmap, mprotect: include/uapi/asm-generic/mman-common.h. */
  private static final int PROT_READ = 1;

  private static final int PROT_WRITE = 2;
  private static final int PROT_EXEC = 4;
  private static final int MAP_PRIVATE = 2;
  private static final int MAP_ANONYMOUS = 0x20;

  // void *mmap(void *address, size_t length, int prot, int flags, int fd, off_t offset);
  private static final MemorySegment mmap = Native.symbol("mmap");
  // int mprotect(void *address, size_t length, int prot);
  private static final MemorySegment mprotect = Native.symbol("mprotect");
  // int munmap(void *address, size_t length);
  private static final MemorySegment munmap = Native.symbol("munmap");

  private ExecutableMemory() {}

  /**
   * Installs machine code for the rest of the process.
   *
   * @return the code's address
   * @throws SystemCallException if the machine does not allow memory to become executable (SELinux
   *     execmem, systemd MemoryDenyWriteExecute, a seccomp filter); nothing is left mapped then
   */
  public static MemorySegment install(byte[] code) throws SystemCallException {
    return MemorySegment.ofAddress(map(code));
  }

  /**
   * Tries whether memory may become executable, and leaves nothing mapped.
   *
   * @throws SystemCallException as {@link #install}
   */
  public static void tryOnce() throws SystemCallException {
    long address = map(new byte[1]);
    Native.call(munmap, address, PAGE).orThrow("munmap(0x%x, %d)", address, PAGE);
  }

  private static long map(byte[] code) throws SystemCallException {
    long length = (code.length + PAGE - 1L) / PAGE * PAGE;
    CallResult mapped =
        Native.call(mmap, 0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped.value() == -1) {
      throw new SystemCallException(
          "mmap(NULL, " + length + ", PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)",
          mapped.errno());
    }
    long address = mapped.value();
    Native.memory(address, code.length).put(code);
    CallResult sealed = Native.call(mprotect, address, length, PROT_READ | PROT_EXEC);
    if (sealed.failed()) {
      SystemCallException failure =
          new SystemCallException(
              "mprotect(0x" + Long.toHexString(address) + ", " + length + ", PROT_READ|PROT_EXEC)",
              sealed.errno(),
              "this machine does not let a process make memory executable; look for SELinux"
                  + " (execmem) or systemd's MemoryDenyWriteExecute=");
      CallResult undone = Native.call(munmap, address, length);
      if (undone.failed()) {
        failure.addSuppressed(new SystemCallException("munmap(…, " + length + ")", undone.errno()));
      }
      throw failure;
    }
    return address;
  }

  /** The first bytes of installed code, for tests. */
  public static byte[] read(MemorySegment code, int length) {
    return Native.at(code.address(), length).toArray(ValueLayout.JAVA_BYTE);
  }
}
