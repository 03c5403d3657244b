// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.elf.ElfImport;
import io.github.noinherit.internal.elf.ElfNames;
import io.github.noinherit.internal.elf.ElfRange;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.posix.Posix;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/*
 * Changes pointers in libraries' tables, all or none.
 *
 *  1. The pages that the dynamic linker made read-only after relocation (RELRO) are made writable,
 *     in all libraries concerned. If the machine refuses, those that were are made read-only again
 *     and nothing has changed.
 *  2. Each pointer is changed by one compare-and-set: aligned, eight bytes, so a thread that calls
 *     through it at that moment calls either the one or the other. If a pointer does not hold what
 *     it held when it was looked at, those changed so far are set back.
 *  3. The pages are made read-only again. If that is refused, everything is set back and it is
 *     tried once more.
 */
final class Patcher {
  /** errno: asm-generic/errno-base.h. */
  private static final int EPERM = 1;

  private static final int EACCES = 13;
  private static final VarHandle POINTER =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final List<LoadedLibrary> libraries;
  private final Steps steps;

  /**
   * @param libraries those in which pointers are
   * @param steps is told of each step before it is made, and may make it fail
   */
  Patcher(List<LoadedLibrary> libraries, Steps steps) {
    this.libraries = libraries;
    this.steps = steps;
  }

  /** A pointer, what it must hold, and what it will hold. */
  record Change(long slot, long from, long to) {
    static List<Change> make(List<Patch> patches) {
      List<Change> changes = new ArrayList<>();
      for (Patch p : patches) {
        changes.add(new Change(p.slot(), p.original(), p.hook()));
      }
      return changes;
    }

    static List<Change> undo(List<Patch> patches) {
      List<Change> changes = new ArrayList<>();
      for (Patch p : patches.reversed()) {
        changes.add(new Change(p.slot(), p.hook(), p.original()));
      }
      return changes;
    }

    Change reversed() {
      return new Change(slot, to, from);
    }
  }

  /** Makes all changes, or none and throws. */
  void apply(List<Change> changes) throws IOException {
    List<Pages> pages = readOnlyPages(changes);
    List<Change> made = new ArrayList<>();
    try {
      try {
        protect(pages, Posix.PROT_READ | Posix.PROT_WRITE);
      } catch (SystemCallException e) {
        if (e.code() == EPERM || e.code() == EACCES) {
          throw new UnsupportedOperationException(
              "this machine does not let the tables of libraries be changed: " + e.getMessage(), e);
        }
        throw e;
      }
      for (Change c : changes) {
        steps.before("changing a pointer");
        set(c);
        made.add(c);
      }
      protect(pages, Posix.PROT_READ);
    } catch (IOException | RuntimeException | Error e) {
      undo(pages, made, e);
      throw e;
    }
  }

  /** After a failure. Of some pages it may not be known how they are: all are made alike. */
  private static void undo(List<Pages> pages, List<Change> made, Throwable cause) {
    try {
      if (!made.isEmpty()) {
        Pages.protect(pages, Posix.PROT_READ | Posix.PROT_WRITE);
        for (Change c : made.reversed()) {
          set(c.reversed());
        }
      }
      Pages.protect(pages, Posix.PROT_READ);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** Those before a step that is made to fail are protected. */
  private void protect(List<Pages> pages, int protection) throws IOException {
    int allowed = 0;
    try {
      for (Pages p : pages) {
        steps.before(
            protection == Posix.PROT_READ
                ? "making pages of " + p.library() + " read-only"
                : "making pages of " + p.library() + " writable");
        allowed++;
      }
    } finally {
      Pages.protect(pages.subList(0, allowed), protection);
    }
  }

  private static void set(Change c) throws IOException {
    long seen =
        (long) POINTER.compareAndExchange(Native.memory(c.slot(), Long.BYTES), 0, c.from(), c.to());
    if (seen != c.from()) {
      throw new IOException(
          String.format(
              "the pointer at 0x%x holds 0x%x where 0x%x was expected: another tool has changed it",
              c.slot(), seen, c.from()));
    }
  }

  /** The addresses of the slots through which these libraries import a function. */
  Set<Long> slotsOf(String function) throws IOException {
    Set<Long> slots = new HashSet<>();
    for (LoadedLibrary library : libraries) {
      for (ElfImport i : library.image().imports(new ElfNames(Set.of(function)))) {
        slots.add(library.base() + i.slot());
      }
    }
    return slots;
  }

  private List<Pages> readOnlyPages(List<Change> changes) {
    long page = Posix.sysconf(Posix._SC_PAGESIZE).value();
    List<Pages> pages = new ArrayList<>();
    for (LoadedLibrary library : libraries) {
      ElfRange relro = library.image().relro();
      if (isConcerned(library.base() + relro.start(), library.base() + relro.end(), changes)) {
        // The dynamic linker rounds both ends down (_dl_protect_relro in elf/dl-reloc.c).
        long start = library.base() + relro.start() / page * page;
        long end = library.base() + relro.end() / page * page;
        pages.add(new Pages(library.name(), start, end - start));
      }
    }
    return pages;
  }

  private static boolean isConcerned(long start, long end, List<Change> changes) {
    for (Change c : changes) {
      if (c.slot() >= start && c.slot() < end) {
        return true;
      }
    }
    return false;
  }

  /** Pages of a library. */
  private record Pages(String library, long start, long length) {
    static void protect(List<Pages> pages, int protection) throws SystemCallException {
      long[][] ranges = new long[pages.size()][];
      for (int i = 0; i < ranges.length; i++) {
        ranges[i] = new long[] {pages.get(i).start(), pages.get(i).length()};
      }
      CallResult made = Posix.mprotect(ranges, protection);
      if (made.value() < ranges.length) {
        Pages p = pages.get((int) made.value());
        throw new SystemCallException(
            String.format(
                "mprotect(0x%x, %d, %s) in %s",
                p.start(),
                p.length(),
                protection == Posix.PROT_READ ? "PROT_READ" : "PROT_READ|PROT_WRITE",
                p.library()),
            made.errno());
      }
    }
  }
}
