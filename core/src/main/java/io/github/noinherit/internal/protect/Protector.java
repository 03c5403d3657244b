// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.Protection;
import io.github.noinherit.Requirement;
import io.github.noinherit.Scope;
import io.github.noinherit.internal.ffi.ExecutableMemory;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.linux.DynamicLinker;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/*
 * Protection by default, as the public API asks for it.
 *
 * There may be several copies of this class in one JVM, in several class loaders, and they change
 * the same pointers. So the lock is an object that all of them have: an interned string. What they
 * share beside it is in native memory (Ledger).
 *
 * With the lock held nothing may be done that initialises a class of the JDK's which loads a native
 * library: another thread may be loading that one, and wait for the lock in LoadHook.
 */
public final class Protector {
  /** Held while anything is installed, removed or looked at. */
  static final Object LOCK = "io.github.noinherit: protection by default".intern();

  private static volatile @Nullable Installation installation;

  private Protector() {}

  /** {@link io.github.noinherit.NoInherit#byDefault(Scope, Requirement)}. */
  public static Protection protect(Scope scope, Requirement requirement) throws IOException {
    try {
      Installation i = installation();
      synchronized (LOCK) {
        i.acquire(scope);
        return new Share(i);
      }
    } catch (UnsupportedOperationException e) {
      if (requirement == Requirement.IF_SUPPORTED) {
        return new NoProtection(String.valueOf(e.getMessage()));
      }
      throw e;
    }
  }

  /** {@link io.github.noinherit.NoInherit#protectLibrary}. */
  public static Protection protectLibrary(Path library) throws IOException {
    Installation i = installation();
    synchronized (LOCK) {
      i.acquire(Scope.jdk());
      Share share = new Share(i);
      try {
        i.cover(library.getFileName().toString(), DynamicLinker.load(library.toString()), true);
        return share;
      } catch (IOException | RuntimeException | Error e) {
        try {
          share.remove();
        } catch (IOException also) {
          e.addSuppressed(also);
        }
        throw e;
      }
    }
  }

  /**
   * A library is about to be loaded: called by {@link LoadHook}. One that cannot be loaded is left
   * to the caller's own attempt, which says why.
   */
  static void loading(String path, boolean itself) throws IOException {
    synchronized (LOCK) {
      Installation i = installation;
      if (i != null && i.isOn()) {
        long handle;
        try {
          handle = DynamicLinker.load(path);
        } catch (IOException e) {
          return;
        }
        i.cover(new File(path).getName(), handle, itself);
      }
    }
  }

  /**
   * The program has set or cleared the flag of a descriptor itself: what the sweep did to it is not
   * put back any more.
   */
  public static void decided(int fd) {
    Installation i = installation;
    if (i != null) {
      synchronized (LOCK) {
        i.decided(fd);
      }
    }
  }

  /**
   * This copy's installation. Made without the JVM-wide lock: it loads classes, and a thread that
   * holds a class loader's lock may be waiting for ours in LoadHook.
   */
  private static synchronized Installation installation() throws IOException {
    Installation known = installation;
    if (known != null) {
      return known;
    }
    Installation made = new Installation(Preparation.of(), Steps.NONE);
    installation = made;
    return made;
  }

  /** Why protection cannot be had here, or null. Changes nothing. */
  public static @Nullable String objection() {
    if (!Platform.current().isLinux()) {
      return "it works on Linux, on x86-64 and aarch64; this is " + Platform.describe();
    }
    String vm = System.getProperty("java.vm.name", "");
    if (!vm.contains("OpenJDK") && !vm.contains("HotSpot")) {
      return "only HotSpot's libraries are known, and this is " + vm;
    }
    String refusal = Native.refusal();
    if (refusal != null) {
      return refusal;
    }
    String version = DynamicLinker.glibcVersion();
    if (version == null) {
      return "the C library is not glibc, whose dynamic linker it needs";
    }
    if (isOlder(version, 2, 29)) {
      return "glibc is "
          + version
          + ", and before 2.29 posix_spawn cannot clear close-on-exec for a child";
    }
    try {
      File libjava = new File(JdkLibraries.folder(), ProcessPipes.LIBRARY);
      long handle = DynamicLinker.ifLoaded(libjava.getPath());
      if (handle == 0) {
        return "this JVM has no "
            + libjava
            + " loaded: it is linked statically, or its libraries are elsewhere";
      }
      DynamicLinker.close(handle);
      ExecutableMemory.tryOnce();
      return null;
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static boolean isOlder(String version, int major, int minor) {
    String[] parts = version.split("\\.", -1);
    int first = number(parts[0]);
    return first < major || (first == major && parts.length > 1 && number(parts[1]) < minor);
  }

  /** The number that a text begins with; vendors write such as "36-9". */
  private static int number(String text) {
    int number = 0;
    for (int i = 0; i < Math.min(text.length(), 6) && Character.isDigit(text.charAt(i)); i++) {
      number = number * 10 + Character.digit(text.charAt(i), 10);
    }
    return number;
  }
}
