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
 *  1. the hooks are made (they stay; nothing calls them yet);
 *  2. every library of the JDK's that can create descriptors is loaded; once that has succeeded
 *     they stay so, as the JDK's own do;
 *  3. all pointers are found and looked at (Survey);
 *  4. the ledger is written;
 *  5. the pointers are changed (Patcher);
 *  6. threads inside creating calls of before are got out (InFlight);
 *  7. what is open already is made close-on-exec (Sweep), and the ledger says what.
 *
 * Removing, by the last owner: all pointers but posix_spawn's are set back; starts whose pipes our
 * hook made are waited for (Starts); posix_spawn's is set back; then the flags; then the references
 * to other libraries are given back.
 */
final class Installation {
  private final HookPage page;
  private final Steps steps;
  private Ledger ledger;
  private List<LoadedLibrary> jdk = List.of();
  private final List<Covered> covered = new ArrayList<>();
  private final List<Uncovered> uncovered = new ArrayList<>();
  private final Set<Long> slots = new HashSet<>();
  private final Set<String> told = new HashSet<>();
  private int shares;

  Installation(HookPage page, Steps steps) {
    this.page = page;
    this.steps = steps;
    this.ledger = page.ledger();
  }

  /** Adds an owner, and whatever its scope has that is not on yet. */
  void acquire(Scope scope) throws IOException {
    boolean isNew = !isOn() || !scope.libraries().isEmpty();
    if (isNew) {
      install(scope);
    }
    if (ledger.owners() > 0) {
      leave(scope.kept());
    }
    ledger.setOwners(ledger.owners() + 1);
    shares++;
    try {
      if (isNew) {
        lookAgain();
      }
    } catch (IOException | RuntimeException | Error e) {
      try {
        giveBack(release());
      } catch (IOException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
  }

  /** Is it on, by an owner of this copy's? */
  boolean isOn() {
    return shares > 0 && ledger.owners() > 0;
  }

  private void install(Scope scope) throws IOException {
    List<Long> handles = new ArrayList<>();
    List<String> named = LoadHook.name(scope.libraries()); // before anything is looked at
    try {
      List<Uncovered> left = new ArrayList<>();
      List<LoadedLibrary> libraries = load(handles);
      libraries.addAll(named(scope.libraries(), handles, left));
      Survey survey = new Survey(page);
      for (LoadedLibrary l : libraries) {
        survey.add(l);
      }
      Ledger found = survey.found();
      ledger = found != null ? found : page.ledger();
      List<Place> places = new ArrayList<>(survey.places());
      addLoadHooks(libraries, places);
      requireCore(places);
      left.addAll(survey.uncovered());
      left.addAll(patch(libraries, handles, places, kept(scope)));
      left.add(
          new Uncovered(
              "libc.so.6",
              "what it opens for itself",
              "it sets close-on-exec itself; and what libraries outside of the JDK open is"
                  + " theirs"));
      if (shares == 0) {
        forget();
      }
      remember(places, left);
    } catch (IOException | RuntimeException | Error e) {
      LoadHook.forget(named);
      close(handles, e);
      throw e;
    }
  }

  /**
   * Covers what was loaded while the pointers were being changed: before its own was changed, the
   * hook of loading did not see it. The owner is counted already.
   */
  private void lookAgain() throws IOException {
    boolean isMore = true;
    while (isMore) {
      isMore = cover(new ArrayList<>(), List.of());
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

  /** The JDK's, and those of its others that somebody has loaded. */
  private List<LoadedLibrary> load(List<Long> handles) throws IOException {
    if (jdk.isEmpty()) {
      List<LoadedLibrary> loaded = new ArrayList<>();
      List<Long> loadedHandles = new ArrayList<>();
      try {
        for (String path : JdkLibraries.toLoad()) {
          steps.before("loading " + path);
          loadedHandles.add(DynamicLinker.load(path));
          loaded.add(LoadedLibrary.of(new File(path).getName(), loadedHandles.getLast()));
        }
      } catch (IOException | RuntimeException | Error e) {
        close(loadedHandles, e);
        throw e;
      }
      jdk = List.copyOf(loaded);
    }
    List<LoadedLibrary> libraries = new ArrayList<>(jdk);
    libraries.addAll(watched(handles));
    return libraries;
  }

  /** Those of the JDK's others that somebody has loaded. */
  private static List<LoadedLibrary> watched(List<Long> handles) throws IOException {
    List<LoadedLibrary> libraries = new ArrayList<>();
    for (String path : MappedFiles.in(JdkLibraries.folder().getCanonicalFile())) {
      String name = new File(path).getName();
      long handle = JdkLibraries.isWatched(name) ? DynamicLinker.ifLoaded(path) : 0;
      if (handle != 0) {
        handles.add(handle);
        libraries.add(LoadedLibrary.of(name, handle));
      }
    }
    return libraries;
  }

  /** Those of others that are named and loaded already. */
  private static List<LoadedLibrary> named(
      List<String> globs, List<Long> handles, List<Uncovered> left) throws IOException {
    List<LoadedLibrary> libraries = new ArrayList<>();
    if (!globs.isEmpty()) {
      for (String path : MappedFiles.matching(globs)) {
        String name = new File(path).getName();
        long handle = DynamicLinker.ifLoaded(path);
        if (handle != 0) {
          handles.add(handle);
          libraries.add(LoadedLibrary.of(name, handle));
        } else {
          left.add(
              new Uncovered(
                  name, "all", "is mapped, and the dynamic linker does not know it as " + path));
        }
      }
    }
    return libraries;
  }

  private void addLoadHooks(List<LoadedLibrary> libraries, List<Place> places) throws IOException {
    for (LoadedLibrary l : libraries) {
      Place place = LoadHook.place(l, ledger);
      if (place != null) {
        places.add(place);
      }
    }
  }

  /** Steps 4 to 7. */
  private List<Uncovered> patch(
      List<LoadedLibrary> libraries, List<Long> handles, List<Place> places, Set<Integer> kept)
      throws IOException {
    List<Patch> before = ledger.patches();
    List<Long> handlesBefore = ledger.libraries();
    List<Patch> fresh = fresh(places);
    Patcher patcher = new Patcher(libraries, steps);
    write(before, handlesBefore, fresh, handles);
    boolean isPatched = false;
    try {
      patcher.apply(Change.make(fresh));
      isPatched = true;
      if (ledger.owners() > 0) {
        return List.of(); // what is inheritable now was made so on purpose
      }
      steps.before("getting threads out of calls of before");
      List<Uncovered> left = InFlight.getOut(libraries);
      ledger.setFlags(Sweep.sweep(kept, steps));
      return left;
    } catch (IOException | RuntimeException | Error e) {
      try {
        if (isPatched) {
          unpatch(new Patcher(libraries, Steps.NONE), fresh);
        }
        write(before, handlesBefore, List.of(), List.of());
      } catch (IOException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
  }

  private void remember(List<Place> places, List<Uncovered> left) {
    for (Place p : places) {
      if (slots.add(p.patch().slot())) {
        covered.add(p.covered());
      }
    }
    for (Uncovered u : left) {
      // A record's equals would be put together at run time, which takes milliseconds.
      if (told.add(u.library() + '\0' + u.function() + '\0' + u.reason())) {
        uncovered.add(u);
      }
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

  private void forget() {
    covered.clear();
    uncovered.clear();
    slots.clear();
    told.clear();
  }

  private static Set<Integer> kept(Scope scope) {
    Set<Integer> kept = new HashSet<>(scope.kept());
    kept.addAll(Kept.of(Environ::value, Posix.getpid()));
    return kept;
  }

  /**
   * Covers one more library, and what it has brought with it.
   *
   * @param name its file name
   * @param handle of dlopen, which belongs to this method from now on
   * @param itself false if only what it has brought is to be covered
   */
  void cover(String name, long handle, boolean itself) throws IOException {
    List<Long> handles = new ArrayList<>(List.of(handle));
    try {
      cover(handles, itself ? List.of(LoadedLibrary.of(name, handle)) : List.of());
    } catch (IOException | RuntimeException | Error e) {
      close(List.of(handle), e);
      throw e;
    }
  }

  /**
   * Covers these libraries, and those that are loaded and watched or named.
   *
   * @param handles those of the libraries, which the ledger takes over
   * @return was there anything to change?
   */
  private boolean cover(List<Long> handles, List<LoadedLibrary> first) throws IOException {
    List<Long> looked = new ArrayList<>();
    try {
      List<Uncovered> left = new ArrayList<>();
      List<LoadedLibrary> candidates = new ArrayList<>(first);
      candidates.addAll(watched(looked));
      candidates.addAll(named(LoadHook.names(), looked, left));
      List<LoadedLibrary> libraries = new ArrayList<>();
      Set<Long> bases = new HashSet<>();
      Survey survey = new Survey(page);
      for (LoadedLibrary l : candidates) {
        if (bases.add(l.base())) {
          libraries.add(l);
          survey.add(l);
        }
      }
      List<Place> places = new ArrayList<>(survey.places());
      addLoadHooks(libraries, places);
      left.addAll(survey.uncovered());
      List<Patch> fresh = fresh(places);
      if (fresh.isEmpty() && handles.isEmpty()) {
        giveBack(looked);
        looked.clear();
        remember(places, left);
        return false;
      }
      handles.addAll(looked);
      List<Patch> before = ledger.patches();
      List<Long> handlesBefore = ledger.libraries();
      write(before, handlesBefore, fresh, handles);
      try {
        new Patcher(libraries, steps).apply(Change.make(fresh));
      } catch (IOException | RuntimeException | Error e) {
        write(before, handlesBefore, List.of(), List.of());
        throw e;
      }
      remember(places, left);
      return !fresh.isEmpty();
    } catch (IOException | RuntimeException | Error e) {
      close(looked, e);
      throw e;
    }
  }

  /** Gives references to libraries back, all that can be. */
  static void giveBack(List<Long> handles) throws IOException {
    IOException failure = new IOException("libraries could not be given back, and stay loaded");
    close(handles, failure);
    if (failure.getSuppressed().length > 0) {
      throw failure;
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

  /** Puts slots and flags back, or throws and leaves all as it was. */
  private void takeOut() throws IOException {
    List<LoadedLibrary> libraries = new ArrayList<>(jdk);
    for (long handle : ledger.libraries()) {
      libraries.add(LoadedLibrary.of("a library", handle));
    }
    Patcher patcher = new Patcher(libraries, steps);
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
    forget();
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

  private static void close(List<Long> handles, Throwable cause) {
    for (long handle : handles) {
      try {
        DynamicLinker.close(handle);
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }

  List<Covered> covered() {
    return List.copyOf(covered);
  }

  List<Uncovered> uncovered() {
    return List.copyOf(uncovered);
  }

  int swept() {
    return ledger.flags().size();
  }
}
