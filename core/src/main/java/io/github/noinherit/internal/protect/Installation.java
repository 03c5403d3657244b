// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.Protection.Covered;
import io.github.noinherit.Protection.Uncovered;
import io.github.noinherit.Scope;
import io.github.noinherit.internal.linux.DynamicLinker;
import io.github.noinherit.internal.posix.Environ;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.protect.Patcher.Change;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/*
 * Installs and removes. All methods are called with the JVM-wide lock held (Protector).
 *
 * Installing, in this order; a failure at any step puts back what was done, in the reverse order:
 *
 *  1. every library of the JDK's core that can create descriptors is loaded; once that has
 *     succeeded they stay so, as the JDK's own do;
 *  2. they are covered: all their pointers are found and looked at (Survey), the hooks for them are
 *     made, the ledger is written, the pointers are changed (Patcher). The pointer through which
 *     libraries are loaded is the first of them;
 *  3. so are those of the JDK's other libraries, and of the named ones, that are loaded, until there
 *     are no more: what is loaded from now on comes by our hook;
 *  4. threads inside creating calls of before are got out (InFlight);
 *  5. what is open already is made close-on-exec (Sweep), and the ledger says what.
 *
 * Removing, by the last owner: all pointers but posix_spawn's are set back; starts whose pipes our
 * hook made are waited for (Starts); posix_spawn's is set back; then the flags; then the references
 * to other libraries are given back.
 */
final class Installation {
  private final HookPage page;
  private final Steps steps;
  private final Coverage coverage = new Coverage();
  private Ledger ledger;
  private List<LoadedLibrary> core = List.of();
  private int shares;

  Installation(HookPage page, Steps steps) {
    this.page = page;
    this.steps = steps;
    this.ledger = page.ledger();
  }

  /** Adds an owner, and whatever its scope has that is not on yet. */
  void acquire(Scope scope) throws IOException {
    if (!isOn() || !scope.libraries().isEmpty()) {
      install(scope);
    }
    if (ledger.owners() > 0) {
      leave(scope.kept());
    }
    ledger.setOwners(ledger.owners() + 1);
    shares++;
  }

  /** Is it on, by an owner of this copy's? */
  boolean isOn() {
    return shares > 0 && ledger.owners() > 0;
  }

  private void install(Scope scope) throws IOException {
    List<String> named = LoadHook.name(scope.libraries()); // before anything is looked at
    try {
      loadCore();
      if (shares == 0) {
        coverage.clear();
      }
      cover(Libraries.of(core), true);
      coverLoaded();
      if (ledger.owners() == 0) { // else what is inheritable now was made so on purpose
        steps.before("getting threads out of calls of before");
        coverage.add(List.of(), InFlight.getOut(libraries()));
        ledger.setFlags(Sweep.sweep(kept(scope), steps));
      }
      coverage.add(
          List.of(),
          List.of(
              new Uncovered(
                  "libc.so.6",
                  "what it opens for itself",
                  "it sets close-on-exec itself; and what libraries outside of the JDK open is"
                      + " theirs")));
    } catch (IOException | RuntimeException | Error e) {
      LoadHook.forget(named);
      takeOutAgain(e);
      throw e;
    }
  }

  /** After a failure: what the ledger says was done belongs to nobody, if it has no owner. */
  private void takeOutAgain(Throwable cause) {
    if (ledger.owners() == 0) {
      try {
        if (!ledger.patches().isEmpty()) {
          takeOut();
        }
        Libraries.giveBack(clean());
      } catch (IOException | RuntimeException also) {
        cause.addSuppressed(also);
      }
    }
  }

  private void loadCore() throws IOException {
    if (core.isEmpty()) {
      List<String> paths = JdkLibraries.toLoad();
      for (String path : paths) {
        steps.before("loading " + path);
      }
      long[] handles = DynamicLinker.load(paths);
      try {
        long[] bases = DynamicLinker.bases(handles);
        List<LoadedLibrary> loaded = new ArrayList<>();
        for (int i = 0; i < handles.length; i++) {
          String name = new File(paths.get(i)).getName();
          loaded.add(LoadedLibrary.of(name, handles[i], bases[i]));
        }
        core = loaded;
      } catch (IOException | RuntimeException | Error e) {
        for (long handle : handles) {
          giveBack(List.of(handle), e);
        }
        throw e;
      }
    }
  }

  /** A JDK that is built otherwise than those known is refused, not covered in part. */
  private static void requireCore(List<Place> places) {
    Set<String> found = new HashSet<>();
    for (Place p : places) {
      found.add(p.library());
      found.add(p.library() + ' ' + p.function());
    }
    for (String needed :
        List.of(
            "libjvm.so",
            "libjava.so",
            "libjava.so " + ProcessPipes.SPAWN,
            "libjava.so " + LoadHook.FUNCTION,
            "libnio.so socket")) {
      if (!found.contains(needed)) {
        throw new UnsupportedOperationException(
            "the tables of this JDK are not as expected: nothing to change was found for "
                + needed);
      }
    }
  }

  /** Covers those of the JDK's others, and of the named ones, that are loaded, until all are. */
  private void coverLoaded() throws IOException {
    boolean isMore = true;
    while (isMore) {
      isMore = cover(new Libraries(), false);
    }
  }

  /**
   * Covers one more library, and what it has brought with it.
   *
   * @param name its file name
   * @param handle of dlopen, which belongs to this method from now on
   * @param itself false if only what it has brought is to be covered
   */
  void cover(String name, long handle, boolean itself) throws IOException {
    Libraries libraries = new Libraries();
    try {
      libraries.give(name, handle, itself);
    } catch (IOException | RuntimeException | Error e) {
      giveBack(List.of(handle), e);
      throw e;
    }
    cover(libraries, false);
    coverLoaded();
  }

  /**
   * Covers libraries, all or none of them.
   *
   * @param libraries their references go to the ledger, or are given back
   * @param isCore is it the JDK's core
   * @return was there anything to change?
   */
  private boolean cover(Libraries libraries, boolean isCore) throws IOException {
    try {
      List<Uncovered> left = new ArrayList<>();
      if (!isCore) {
        libraries.addWatched();
        libraries.addNamed(LoadHook.names(), left);
      }
      Survey survey = new Survey(page, libraries.all());
      if (isCore) {
        Ledger found = survey.found();
        ledger = found != null ? found : page.ledger();
      }
      List<Place> places = survey.places(ledger);
      if (isCore) {
        requireCore(places);
      }
      left.addAll(survey.uncovered());
      List<Patch> fresh = fresh(places);
      if (fresh.isEmpty() && !libraries.wereGiven()) {
        Libraries.giveBack(libraries.takeHandles());
      } else {
        change(libraries, fresh);
      }
      coverage.add(places, left);
      return !fresh.isEmpty();
    } catch (IOException | RuntimeException | Error e) {
      giveBack(libraries.takeHandles(), e);
      throw e;
    }
  }

  /** What is to be changed, first the pointers of posix_spawn (Starts) and of loading. */
  private static List<Patch> fresh(List<Place> places) {
    List<Patch> fresh = new ArrayList<>();
    for (Place p : places) {
      boolean isFirst =
          p.function().equals(ProcessPipes.SPAWN) || p.function().equals(LoadHook.FUNCTION);
      if (!p.isDone() && isFirst) {
        fresh.addFirst(p.patch());
      } else if (!p.isDone()) {
        fresh.add(p.patch());
      }
    }
    return fresh;
  }

  /** Changes pointers, and keeps the references to their libraries, or neither. */
  private void change(Libraries libraries, List<Patch> fresh) throws IOException {
    List<Patch> patches = ledger.patches();
    List<Long> handles = ledger.libraries();
    Libraries.giveBack(libraries.takeTwice(handles));
    write(patches, handles, fresh, libraries.handles());
    try {
      new Patcher(libraries.all(), steps).apply(Change.make(fresh));
      libraries.takeHandles();
    } catch (IOException | RuntimeException | Error e) {
      write(patches, handles, List.of(), List.of());
      throw e;
    }
  }

  /** Writes into the ledger what was there before, and more. */
  private void write(
      List<Patch> patches, List<Long> handles, List<Patch> morePatches, List<Long> moreHandles) {
    List<Patch> allPatches = new ArrayList<>(patches);
    allPatches.addAll(morePatches);
    List<Long> allHandles = new ArrayList<>(handles);
    allHandles.addAll(moreHandles);
    ledger.setPatches(allPatches);
    ledger.setLibraries(allHandles);
  }

  private static void giveBack(List<Long> handles, Throwable cause) {
    try {
      Libraries.giveBack(handles);
    } catch (IOException also) {
      cause.addSuppressed(also);
    }
  }

  /** Gives flags back that an earlier owner's sweep has set, and forgets them. */
  private void leave(Set<Integer> numbers) throws IOException {
    List<SweptFlag> others = new ArrayList<>();
    List<SweptFlag> theirs = new ArrayList<>();
    for (SweptFlag f : ledger.flags()) {
      (numbers.contains(f.fd()) ? theirs : others).add(f);
    }
    if (!theirs.isEmpty()) {
      Sweep.putBack(theirs);
      ledger.setFlags(others);
    }
  }

  /** The program has decided on the flag of this number itself: nothing is to be put back. */
  void decided(int fd) {
    List<SweptFlag> others = new ArrayList<>();
    for (SweptFlag f : ledger.flags()) {
      if (f.fd() != fd) {
        others.add(f);
      }
    }
    if (others.size() < ledger.flags().size()) {
      ledger.setFlags(others);
    }
  }

  private static Set<Integer> kept(Scope scope) {
    Set<Integer> kept = new HashSet<>(scope.kept());
    kept.addAll(Kept.of(new Environ(), Posix.getpid()));
    return kept;
  }

  /**
   * Takes an owner away, and everything out with the last.
   *
   * @return references to libraries that nobody needs any more, for {@link #giveBack}; protection
   *     is off whatever becomes of these
   */
  List<Long> release() throws IOException {
    boolean isLast = ledger.owners() == 1;
    if (isLast) {
      takeOut();
    }
    ledger.setOwners(ledger.owners() - 1);
    shares--;
    return isLast ? clean() : List.of();
  }

  /** The libraries in which pointers are changed. */
  private List<LoadedLibrary> libraries() throws IOException {
    List<LoadedLibrary> libraries = new ArrayList<>(core);
    for (long handle : ledger.libraries()) {
      libraries.add(LoadedLibrary.of("a library", handle));
    }
    return libraries;
  }

  /** Puts slots and flags back, or throws and leaves all as it was. */
  private void takeOut() throws IOException {
    Patcher patcher = new Patcher(libraries(), steps);
    unpatch(patcher, ledger.patches());
    try {
      steps.before("putting flags back");
      Sweep.putBack(ledger.flags());
    } catch (IOException | RuntimeException | Error e) {
      try {
        patcher.apply(Change.make(ledger.patches()));
        Sweep.setAgain(ledger.flags());
      } catch (IOException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
  }

  /** Nothing is on any more. */
  private List<Long> clean() {
    List<Long> handles = ledger.libraries();
    ledger.setFlags(List.of());
    write(List.of(), List.of(), List.of(), List.of());
    LoadHook.forget(List.copyOf(LoadHook.names()));
    coverage.clear();
    return handles;
  }

  /** posix_spawn's pointer last: Starts says why. */
  private void unpatch(Patcher patcher, List<Patch> patches) throws IOException {
    Set<Long> spawn = patcher.slotsOf(ProcessPipes.SPAWN); // patched in libjava alone
    List<Patch> first = new ArrayList<>();
    List<Patch> last = new ArrayList<>();
    for (Patch p : patches) {
      (spawn.contains(p.slot()) ? last : first).add(p);
    }
    patcher.apply(Change.undo(first));
    try {
      Starts.awaitThrough(Posix.FD_CLOEXEC);
      patcher.apply(Change.undo(last));
    } catch (IOException | RuntimeException | Error e) {
      try {
        patcher.apply(Change.make(first));
      } catch (IOException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
  }

  List<Covered> covered() {
    return coverage.covered();
  }

  List<Uncovered> uncovered() {
    return coverage.uncovered();
  }

  int swept() {
    return ledger.flags().size();
  }
}
