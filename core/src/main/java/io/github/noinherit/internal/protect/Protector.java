// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.Protection;
import io.github.noinherit.Requirement;
import io.github.noinherit.Scope;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.ExecutableMemory;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.linux.DynamicLinker;
import io.github.noinherit.internal.linux.Linux;
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

  private static @Nullable Installation installation;

  private Protector() {}

  /** {@link io.github.noinherit.NoInherit#byDefault(Scope, Requirement)}. */
  public static Protection protect(Scope scope, Requirement requirement) throws IOException {
    try {
      synchronized (LOCK) {
        Installation i = installation();
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
    synchronized (LOCK) {
      Installation i = installation();
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
      if (installation != null && installation.isOn()) {
        long handle;
        try {
          handle = DynamicLinker.load(path);
        } catch (IOException e) {
          return;
        }
        installation.cover(new File(path).getName(), handle, itself);
      }
    }
  }

  /**
   * The program has set or cleared the flag of a descriptor itself: what the sweep did to it is not
   * put back any more.
   */
  public static void decided(int fd) {
    synchronized (LOCK) {
      if (installation != null) {
        installation.decided(fd);
      }
    }
  }

  private static Installation installation() {
    if (installation == null) {
      String objection = objection();
      if (objection != null) {
        throw new UnsupportedOperationException(
            "protection by default is not possible here: " + objection);
      }
      try {
        installation = new Installation(HookPage.get(), Steps.NONE);
      } catch (SystemCallException e) {
        throw new UnsupportedOperationException(
            "protection by default is not possible here: " + e.getMessage(), e);
      }
    }
    return installation;
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
    String version = Linux.glibcVersion();
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
    int first = Integer.parseInt(parts[0]);
    return first < major || (first == major && Integer.parseInt(parts[1]) < minor);
  }
}
