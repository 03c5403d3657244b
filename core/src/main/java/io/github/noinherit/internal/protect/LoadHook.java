// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.internal.elf.ElfImport;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.jdk.JniCallback;
import io.github.noinherit.internal.stub.Hooks;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/*
 * Libraries that are loaded after protection was installed: those of java.desktop, and others that
 * the program has named.
 *
 * All of Java's ways to load a library (System.load and loadLibrary, SymbolLookup.libraryLookup)
 * come to one C function, JVM_LoadLibrary(name, throw), which libjava calls; AWT loads a second one
 * by dlopen(name, flags) from libawt. Both slots are pointed at a hook that first calls Java with
 * the name. There the library is loaded, if it concerns us, by dlopen, which does not run its
 * JNI_OnLoad; its slots are changed; and then the original call goes on, finds it loaded, and
 * JNI_OnLoad runs with protection in force.
 *
 * This is the only place where a hook calls Java. It may: loading a library is a native method of
 * libjava's, so the thread is in native state, and loading is no hot path. It calls by JNI and not
 * through an upcall of the foreign function API, which takes longer to make and ends the JVM if an
 * exception leaves it. A library that cannot be loaded is left to the
 * original call, for its own error. One that can be loaded and not covered must not run
 * unprotected: an UnsatisfiedLinkError that says why is thrown, and comes out of System.load.
 */
final class LoadHook {
  static final String FUNCTION = "JVM_LoadLibrary";
  static final String FUNCTION_OF_AWT = "dlopen";
  private static final String AWT = "libawt.so";
  private static final List<String> GLOBS = new CopyOnWriteArrayList<>();
  private static final Map<Long, Long> HOOKS = new HashMap<>();
  private static volatile @Nullable JniCallback callback;

  private LoadHook() {}

  /** Names more libraries, and answers which of these were not named before. */
  static List<String> name(List<String> globs) {
    List<String> fresh = new ArrayList<>();
    for (String g : globs) {
      if (!GLOBS.contains(g)) {
        GLOBS.add(g);
        fresh.add(g);
      }
    }
    return fresh;
  }

  /** Names these no more. */
  static void forget(List<String> globs) {
    GLOBS.removeAll(globs);
  }

  /** Makes what native code needs to call us: {@link JniCallback#of}. */
  static void prepare() throws IOException {
    if (callback == null) {
      callback = JniCallback.of(LoadHook.class, "loading", "(J)V");
    }
  }

  /** Those that are named. */
  static List<String> names() {
    return GLOBS;
  }

  /** Is it by this function that a library loads others? */
  static boolean concerns(String library, String function) {
    return (library.equals(ProcessPipes.LIBRARY) && function.equals(FUNCTION))
        || (library.equals(AWT) && function.equals(FUNCTION_OF_AWT));
  }

  /** The place in a library where it loads others. */
  static Place place(LoadedLibrary library, ElfImport function, Ledger ledger) throws IOException {
    long slot = library.base() + function.slot();
    long current = Native.word(slot);
    boolean isDone = HOOKS.containsValue(current);
    return new Place(
        library.name(),
        function.name(),
        "the library is covered before it runs",
        new Patch(slot, isDone ? 0 : current, isDone ? current : hook(current, ledger)),
        isDone);
  }

  private static long hook(long target, Ledger ledger) throws IOException {
    Long known = HOOKS.get(target);
    if (known != null) {
      return known;
    }
    JniCallback java = Objects.requireNonNull(callback, "prepare() comes first");
    byte[] code = Hooks.load(Platform.current(), target, java.vm(), java.type(), java.method());
    long hook = HookPage.single(code, ledger);
    HOOKS.put(target, hook);
    return hook;
  }

  /**
   * Called by native code before a library is loaded.
   *
   * @param name a C string
   */
  static void loading(long name) {
    String path = Native.string(name);
    boolean itself = concerns(path);
    // A library that nobody has named may bring one with it that somebody has.
    if (itself || !GLOBS.isEmpty()) {
      try {
        Protector.loading(path, itself);
      } catch (IOException | RuntimeException e) {
        UnsatisfiedLinkError error =
            new UnsatisfiedLinkError(
                path + ": noinherit could not cover this library: " + e.getMessage());
        error.initCause(e);
        throw error;
      }
    }
  }

  private static boolean concerns(String path) {
    File file = new File(path);
    return JdkLibraries.folder().equals(file.getParentFile())
        || Globs.matchAny(GLOBS, file.getName());
  }
}
