// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.Protection.Uncovered;
import io.github.noinherit.internal.elf.ElfImport;
import io.github.noinherit.internal.elf.ElfNames;
import io.github.noinherit.internal.elf.ElfRange;
import io.github.noinherit.internal.linux.DynamicLinker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/*
 * Looks through libraries for the pointers through which they create descriptors, and at what these
 * hold now. Changes nothing.
 *
 * A pointer is a slot that the dynamic linker fills for an import (R_*_JUMP_SLOT; GLOB_DAT in
 * builds with -fno-plt; R_*_64 in tables of functions), or a variable in which a library keeps what
 * it found by dlsym: libnio has one for openat64, which is found by its value.
 *
 * What a slot may hold:
 *
 *  - the function that the global scope has under that name, or another version of it in the same
 *    library: it is to be patched;
 *  - an address in its own library, if binding is lazy: nobody has called it yet, and it is to be
 *    patched, which resolves it;
 *  - a hook of ours: an earlier owner patched it;
 *  - 0, for a weak symbol that does not exist here: nobody can call it;
 *  - anything else: another tool has patched it, and we do not work on top of what we do not know.
 */
final class Survey {
  private static final ElfNames OF_INTEREST = ofInterest();
  private static final String NO_HOOK =
      "there is no hook for it: what the library opens by it is inheritable";

  private final HookPage page;
  private final List<Place> places = new ArrayList<>();
  private final List<Uncovered> uncovered = new ArrayList<>();
  private final Set<String> checked = new HashSet<>();
  private @Nullable Ledger found;

  Survey(HookPage page) {
    this.page = page;
  }

  private static ElfNames ofInterest() {
    Set<String> functions = new HashSet<>(Creators.functions());
    functions.add(ProcessPipes.SPAWN);
    return new ElfNames(functions);
  }

  /**
   * Looks through one more library.
   *
   * @throws UnsupportedOperationException if a pointer holds what it should not
   */
  void add(LoadedLibrary library) throws IOException {
    for (ElfImport i : library.image().imports(OF_INTEREST)) {
      String function = i.name();
      boolean ofProcess = ProcessPipes.concerns(library.name(), function);
      Cover cover = Creators.cover(library.name(), function);
      String reason = Creators.leftReason(library.name(), function);
      if (ofProcess) {
        add(
            library,
            function,
            library.base() + i.slot(),
            ProcessPipes.hookName(function),
            ProcessPipes.how(function));
      } else if (cover != null) {
        requireBoth(function, cover.other());
        add(library, function, library.base() + i.slot(), function, cover.how(function));
      } else if (!function.equals(ProcessPipes.SPAWN)) { // it creates nothing here
        uncovered.add(new Uncovered(library.name(), function, reason != null ? reason : NO_HOOK));
      }
    }
    String function = Creators.VARIABLES.get(library.name());
    if (function != null) {
      addVariables(library, function);
    }
  }

  /**
   * A library that was preloaded over libc (LD_PRELOAD) may have one of two functions. What it does
   * there is not to be passed by.
   */
  private void requireBoth(String function, @Nullable String other) {
    if (other != null
        && checked.add(function)
        && !DynamicLinker.inSameLibrary(global(function), global(other))) {
      throw new UnsupportedOperationException(
          String.format(
              "%s is that of %s, and %s, which is to be called in its place, is that of %s: a"
                  + " library is preloaded that would be passed by",
              function,
              DynamicLinker.libraryOf(global(function)),
              other,
              DynamicLinker.libraryOf(global(other))));
    }
  }

  private void add(LoadedLibrary library, String function, long slot, String hookName, String how) {
    long current = LoadedLibrary.read(slot);
    if (current == 0) {
      return;
    }
    Ledger ledger = HookPage.ledgerOf(current);
    if (ledger != null) {
      meet(ledger);
      places.add(new Place(library.name(), function, how, new Patch(slot, 0, current), true));
      return;
    }
    check(library, function, slot, current);
    places.add(
        new Place(
            library.name(), function, how, new Patch(slot, current, page.hook(hookName)), false));
  }

  private void meet(Ledger ledger) {
    if (found != null && found.address() != ledger.address()) {
      throw new IllegalStateException("two ledgers of noinherit are in force in one process");
    }
    found = ledger;
  }

  private void check(LoadedLibrary library, String function, long slot, long current) {
    long meant = global(function);
    if (current != meant
        && !library.contains(current)
        && !DynamicLinker.inSameLibrary(current, meant)) {
      String owner = DynamicLinker.libraryOf(current);
      throw new UnsupportedOperationException(
          String.format(
              "%s calls %s through 0x%x, which holds 0x%x in %s instead of the C library's"
                  + " function: another tool has changed it",
              library.name(), function, slot, current, owner == null ? "no library" : owner));
    }
  }

  private void addVariables(LoadedLibrary library, String function) throws IOException {
    long meant = global(function);
    Cover cover = Creators.cover(library.name(), function);
    if (meant == 0 || cover == null) {
      return;
    }
    Set<Long> wanted = hooksFor(function, meant);
    wanted.add(meant);
    boolean isThere = false;
    for (ElfRange range : library.image().writableRanges()) {
      long[] words = library.image().words(range);
      for (int i = 0; i < words.length; i++) {
        if (words[i] > 4096 && wanted.contains(words[i])) {
          long at = (range.start() + 7) / 8 * 8 + i * 8L;
          if (!library.image().isRelro(at)) { // slots were looked at
            isThere = true;
            add(library, function, library.base() + at, function, cover.how(function));
          }
        }
      }
    }
    if (!isThere && library.image().hasString(function)) {
      uncovered.add(
          new Uncovered(
              library.name(),
              function,
              "found by dlsym, and the variable that holds it was not found"));
    }
  }

  /** The hooks for a function that we, or an earlier owner of another copy, have made. */
  private Set<Long> hooksFor(String function, long meant) {
    Set<Long> hooks = new HashSet<>();
    hooks.add(page.hook(function));
    if (found != null) {
      for (Patch p : found.patches()) {
        if (p.original() == meant) {
          hooks.add(p.hook());
        }
      }
    }
    return hooks;
  }

  private long global(String function) {
    return page.original(function);
  }

  /** The pointers found. */
  List<Place> places() {
    return places;
  }

  /** What creates descriptors and is left. */
  List<Uncovered> uncovered() {
    return uncovered;
  }

  /** The ledger that is in force, or null if nothing is patched yet. */
  @Nullable Ledger found() {
    return found;
  }
}
