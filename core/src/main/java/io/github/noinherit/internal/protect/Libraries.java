// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.Protection.Uncovered;
import io.github.noinherit.internal.linux.DynamicLinker;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Loaded libraries, each once, and the references to them that were taken to look at them. */
final class Libraries {
  private final List<LoadedLibrary> libraries = new ArrayList<>();
  private final List<Long> handles = new ArrayList<>();
  private final Set<Long> bases = new HashSet<>();
  private boolean wereGiven;

  /** These, whose references are somebody else's. */
  static Libraries of(List<LoadedLibrary> libraries) {
    Libraries all = new Libraries();
    for (LoadedLibrary l : libraries) {
      all.add(l);
    }
    return all;
  }

  List<LoadedLibrary> all() {
    return libraries;
  }

  /** The references that were taken, or given to this. */
  List<Long> handles() {
    return handles;
  }

  /** The same, which belong to the caller from now on. */
  List<Long> takeHandles() {
    List<Long> taken = List.copyOf(handles);
    handles.clear();
    return taken;
  }

  /** Those of them that are among others, or twice among themselves: one reference is enough. */
  List<Long> takeTwice(List<Long> others) {
    Set<Long> known = new HashSet<>(others);
    List<Long> twice = new ArrayList<>();
    List<Long> once = new ArrayList<>();
    for (long handle : handles) {
      (known.add(handle) ? once : twice).add(handle);
    }
    handles.clear();
    handles.addAll(once);
    return twice;
  }

  /** Were there any that are to stay loaded though nothing is changed in them? */
  boolean wereGiven() {
    return wereGiven;
  }

  /**
   * Adds one that is loaded.
   *
   * @param handle a reference to it, which belongs to this from now on
   * @param itself is it to be looked at, or only kept
   */
  void give(String name, long handle, boolean itself) throws IOException {
    wereGiven = true;
    handles.add(handle);
    if (itself) {
      add(LoadedLibrary.of(name, handle));
    }
  }

  private void add(LoadedLibrary library) {
    if (bases.add(library.base())) {
      libraries.add(library);
    }
  }

  /** Adds those of the JDK's, beside the core's, that somebody has loaded. */
  void addWatched() throws IOException {
    addLoaded(JdkLibraries.toWatch());
  }

  /**
   * Adds those of others that are named and loaded.
   *
   * @param left is told of those that cannot be
   */
  void addNamed(List<String> globs, List<Uncovered> left) throws IOException {
    if (globs.isEmpty()) {
      return;
    }
    for (String path : addLoaded(List.copyOf(MappedFiles.matching(globs)))) {
      left.add(
          new Uncovered(
              new File(path).getName(),
              "all",
              "is mapped, and the dynamic linker does not know it as " + path));
    }
  }

  /** Adds those of these that are loaded; returns the paths of the others. */
  private List<String> addLoaded(List<String> paths) throws IOException {
    List<String> others = new ArrayList<>();
    long[] loaded = DynamicLinker.ifLoaded(paths);
    for (long handle : loaded) {
      if (handle != 0) {
        handles.add(handle);
      }
    }
    for (int i = 0; i < loaded.length; i++) {
      if (loaded[i] != 0) {
        add(LoadedLibrary.of(new File(paths.get(i)).getName(), loaded[i]));
      } else {
        others.add(paths.get(i));
      }
    }
    return others;
  }

  /** Gives references to libraries back, all that can be. */
  static void giveBack(List<Long> handles) throws IOException {
    IOException failure = new IOException("libraries could not be given back, and stay loaded");
    for (long handle : handles) {
      try {
        DynamicLinker.close(handle);
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
    if (failure.getSuppressed().length > 0) {
      throw failure;
    }
  }
}
