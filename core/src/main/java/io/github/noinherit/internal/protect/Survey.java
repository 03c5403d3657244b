// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.Protection.Uncovered;
import io.github.noinherit.internal.elf.ElfImport;
import io.github.noinherit.internal.elf.ElfNames;
import io.github.noinherit.internal.elf.ElfRange;
import io.github.noinherit.internal.ffi.Native;
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
  private static final Set<String> LOADING = Set.of(LoadHook.FUNCTION, LoadHook.FUNCTION_OF_AWT);
  private static final ElfNames OF_INTEREST = ofInterest();
  private static final String NO_HOOK =
      "there is no hook for it: what the library opens by it is inheritable";

  private final HookPage page;
  private final CFunctions functions;
  private final List<Slot> slots = new ArrayList<>();
  private final List<Loader> loaders = new ArrayList<>();
  private final List<Uncovered> uncovered = new ArrayList<>();
  private final Set<String> checked = new HashSet<>();
  private @Nullable Ledger found;

  /**
   * Looks through libraries.
   *
   * @throws UnsupportedOperationException if a pointer holds what it should not
   */
  Survey(HookPage page, List<LoadedLibrary> libraries) throws IOException {
    this.page = page;
    functions = page.functions();
    List<List<ElfImport>> imports = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (LoadedLibrary l : libraries) {
      imports.add(l.image().imports(OF_INTEREST));
      addNames(l, imports.getLast(), names);
    }
    functions.findAll(names);
    for (int i = 0; i < imports.size(); i++) {
      add(libraries.get(i), imports.get(i));
    }
  }

  /** The names of the functions that will be looked up. */
  private static void addNames(LoadedLibrary library, List<ElfImport> imports, Set<String> names) {
    String variable = Creators.VARIABLES.get(library.name());
    if (variable != null) {
      names.add(variable);
    }
    for (ElfImport i : imports) {
      if (LOADING.contains(i.name())) {
        continue;
      }
      names.add(i.name());
      Cover cover = Creators.cover(library.name(), i.name());
      String other = cover == null ? null : cover.other();
      if (other != null) {
        names.add(other);
      }
    }
    if (library.name().equals(ProcessPipes.LIBRARY)) {
      names.addAll(ProcessPipes.FUNCTIONS);
    }
  }

  /** A pointer that was found, and what it holds: a hook if {@code isDone}. */
  private record Slot(
      String library,
      String function,
      String how,
      String hook,
      long address,
      long current,
      boolean isDone) {}

  /** A pointer through which a library loads others. */
  private record Loader(LoadedLibrary library, ElfImport function) {}

  private static ElfNames ofInterest() {
    Set<String> functions = new HashSet<>(Creators.functions());
    functions.add(ProcessPipes.SPAWN);
    functions.addAll(LOADING);
    return new ElfNames(functions);
  }

  private void add(LoadedLibrary library, List<ElfImport> imports) throws IOException {
    for (ElfImport i : imports) {
      String function = i.name();
      if (LOADING.contains(function)) {
        if (LoadHook.concerns(library.name(), function)) {
          loaders.add(new Loader(library, i));
        }
        continue;
      }
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
  private void requireBoth(String function, @Nullable String other) throws IOException {
    if (other != null
        && checked.add(function)
        && !functions.areInSameLibrary(functions.find(function), functions.find(other))) {
      throw new UnsupportedOperationException(
          String.format(
              "%s is that of %s, and %s, which is to be called in its place, is that of %s: a"
                  + " library is preloaded that would be passed by",
              function,
              DynamicLinker.libraryOf(functions.find(function)),
              other,
              DynamicLinker.libraryOf(functions.find(other))));
    }
  }

  private void add(LoadedLibrary library, String function, long slot, String hook, String how)
      throws IOException {
    long current = Native.word(slot);
    if (current == 0) {
      return;
    }
    Ledger ledger = HookPage.ledgerOf(current);
    if (ledger != null) {
      meet(ledger);
    } else {
      check(library, function, slot, current);
    }
    slots.add(new Slot(library.name(), function, how, hook, slot, current, ledger != null));
  }

  private void meet(Ledger ledger) {
    if (found != null && found.address() != ledger.address()) {
      throw new IllegalStateException("two ledgers of noinherit are in force in one process");
    }
    found = ledger;
  }

  private void check(LoadedLibrary library, String function, long slot, long current)
      throws IOException {
    long meant = functions.find(function);
    if (current != meant
        && !library.contains(current)
        && !functions.areInSameLibrary(current, meant)) {
      String owner = DynamicLinker.libraryOf(current);
      throw new UnsupportedOperationException(
          String.format(
              "%s calls %s through 0x%x, which holds 0x%x in %s instead of the C library's"
                  + " function: another tool has changed it",
              library.name(), function, slot, current, owner == null ? "no library" : owner));
    }
  }

  private void addVariables(LoadedLibrary library, String function) throws IOException {
    long meant = functions.find(function);
    Cover cover = Creators.cover(library.name(), function);
    if (meant == 0 || cover == null) {
      return;
    }
    long[] wanted = hooksFor(function, meant);
    boolean isThere = false;
    for (ElfRange range : library.image().writableRanges()) {
      long[] words = library.image().words(range);
      for (int i = 0; i < words.length; i++) {
        if (isAmong(words[i], wanted)) {
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

  private static boolean isAmong(long word, long[] wanted) {
    for (long w : wanted) {
      if (w == word && w != 0) {
        return true;
      }
    }
    return false;
  }

  /** A function, and the hooks for it that we, or an earlier owner of another copy, have made. */
  private long[] hooksFor(String function, long meant) {
    List<Patch> theirs = found == null ? List.of() : found.patches();
    long[] hooks = new long[theirs.size() + 2];
    hooks[0] = meant;
    hooks[1] = page.hook(function);
    for (int i = 0; i < theirs.size(); i++) {
      hooks[i + 2] = theirs.get(i).original() == meant ? theirs.get(i).hook() : 0;
    }
    return hooks;
  }

  /**
   * The pointers found, with the hooks for those that are to be changed, which are made.
   *
   * @param ledger the one in force from now on
   */
  List<Place> places(Ledger ledger) throws IOException {
    Set<String> needed = new HashSet<>();
    for (Slot s : slots) {
      if (!s.isDone()) {
        needed.add(s.hook());
      }
    }
    page.make(needed);
    List<Place> places = new ArrayList<>();
    for (Slot s : slots) {
      Patch patch =
          s.isDone()
              ? new Patch(s.address(), 0, s.current())
              : new Patch(s.address(), s.current(), page.hook(s.hook()));
      places.add(new Place(s.library(), s.function(), s.how(), patch, s.isDone()));
    }
    for (Loader l : loaders) {
      places.add(LoadHook.place(l.library(), l.function(), ledger));
    }
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
