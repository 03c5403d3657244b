// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import static java.lang.invoke.MethodType.methodType;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.elf.ElfImport;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.stub.Hooks;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * libjava's, so the thread is in native state, and loading is no hot path. A library that cannot be
 * loaded is left to the original call, for its own error. One that can be loaded and not covered
 * must not run unprotected: the original call gets a name that cannot be found and that says why,
 * so the program gets an UnsatisfiedLinkError with that text. No exception leaves the method.
 *
 * The upcall costs about as much as everything else at start-up together, so it is made only if
 * the JVM can load AWT, or if libraries were named.
 */
final class LoadHook {
  static final String FUNCTION = "JVM_LoadLibrary";
  static final String FUNCTION_OF_AWT = "dlopen";
  private static final String AWT = "libawt.so";
  private static final List<String> GLOBS = new CopyOnWriteArrayList<>();
  private static final Map<Long, Long> HOOKS = new HashMap<>();
  private static final MemorySegment NO_MEMORY =
      Arena.global().allocateFrom("(noinherit could not cover this library: out of memory)");
  private static long upcall;

  private LoadHook() {}

  /** Names more libraries. */
  static void name(List<String> globs) {
    GLOBS.addAll(globs);
  }

  /** Names none any more. */
  static void forget() {
    GLOBS.clear();
  }

  /** Are all of these named already? */
  static boolean knows(List<String> globs) {
    return GLOBS.containsAll(globs);
  }

  /** The place in a library where it loads others, if it is one that does. */
  static @Nullable Place place(LoadedLibrary library, Ledger ledger) throws IOException {
    String function =
        switch (library.name()) {
          case ProcessPipes.LIBRARY -> FUNCTION;
          case AWT -> FUNCTION_OF_AWT;
          default -> "";
        };
    for (ElfImport i : library.image().imports(Set.of(function))) {
      long slot = library.base() + i.slot();
      long current = LoadedLibrary.read(slot);
      boolean isDone = HOOKS.containsValue(current);
      return new Place(
          library.name(),
          function,
          "the library is covered before it runs",
          new Patch(slot, isDone ? 0 : current, isDone ? current : hook(current, ledger)),
          isDone);
    }
    return null;
  }

  private static long hook(long target, Ledger ledger) throws SystemCallException {
    Long known = HOOKS.get(target);
    if (known != null) {
      return known;
    }
    byte[] code = Hooks.replaceName(Platform.current(), upcall(), target);
    long hook = HookPage.single(code, ledger);
    HOOKS.put(target, hook);
    return hook;
  }

  private static long upcall() {
    if (upcall == 0) {
      try {
        upcall =
            Native.upcall(
                    MethodHandles.lookup()
                        .findStatic(LoadHook.class, "loading", methodType(long.class, long.class)))
                .address();
      } catch (NoSuchMethodException | IllegalAccessException e) {
        throw new LinkageError("LoadHook.loading", e);
      }
    }
    return upcall;
  }

  /**
   * Called by native code before a library is loaded.
   *
   * @param name a C string, or 0
   * @return the name to load
   */
  static long loading(long name) {
    try {
      return name == 0 ? 0 : covered(name);
    } catch (Throwable e) { // an exception that leaves this method ends the JVM
      return NO_MEMORY.address();
    }
  }

  private static long covered(long name) {
    String path = Native.string(name);
    if (!concerns(path)) {
      return name;
    }
    try {
      Protector.loading(path);
      return name;
    } catch (IOException | RuntimeException e) {
      // Lives on: the caller has no moment to free it. It is the end of that library anyway.
      return Arena.global()
          .allocateFrom(path + " (noinherit could not cover this library: " + e.getMessage() + ")")
          .address();
    }
  }

  private static boolean concerns(String path) {
    File file = new File(path);
    return JdkLibraries.folder().equals(file.getParentFile())
        || isNamed(file.getName());
  }

  private static boolean isNamed(String name) {
    for (String g : GLOBS) {
      if (Globs.matches(g, name)) {
        return true;
      }
    }
    return false;
  }
}
