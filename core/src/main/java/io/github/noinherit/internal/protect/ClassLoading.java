// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.Protection;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.elf.ElfException;
import io.github.noinherit.internal.elf.ElfImage;
import io.github.noinherit.internal.elf.ElfImport;
import io.github.noinherit.internal.elf.ElfNames;
import io.github.noinherit.internal.elf.ElfRange;
import io.github.noinherit.internal.jdk.JniCallback;
import io.github.noinherit.internal.jdk.Uninterruptibly;
import io.github.noinherit.internal.linux.DynamicLinker;
import io.github.noinherit.internal.linux.Signals;
import io.github.noinherit.internal.linux.Syscall;
import io.github.noinherit.internal.posix.Environ;
import io.github.noinherit.internal.posix.FileStatus;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.stub.Hooks;
import java.lang.invoke.MethodHandles;
import org.jspecify.annotations.Nullable;

/*
 * Loads the classes that are used with the JVM-wide lock held (Protector says why beforehand), on a
 * thread of its own: the caller meanwhile links native calls, which takes the JDK longer than all
 * the rest of an installation. Neither waits for a class that the other is initialising while it
 * initialises one that the other needs: initialisers look up symbols, so they need Native, and
 * Native's needs none of ours.
 */
final class ClassLoading extends Thread {
  private @Nullable LinkageError failure;

  ClassLoading() {
    super("noinherit-classes");
    setDaemon(true);
  }

  @Override
  public void run() {
    try {
      JniCallback.loadClasses();
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      for (Class<?> c : classes()) {
        lookup.ensureInitialized(c);
      }
    } catch (IllegalAccessException e) {
      failure = new LinkageError("a class of noinherit's own jar", e);
    } catch (LinkageError e) {
      failure = e;
    }
  }

  /** Waits until all are there. */
  void finish() {
    Uninterruptibly.join(this);
    if (failure != null) {
      throw failure;
    }
  }

  private static Class<?>[] classes() {
    return new Class<?>[] {
      CFunctions.class,
      Cover.class,
      Coverage.class,
      Creators.class,
      ElfException.class,
      ElfImage.class,
      ElfImport.class,
      ElfNames.class,
      ElfRange.class,
      Environ.class,
      FileStatus.class,
      Globs.class,
      HookPage.class,
      InFlight.class,
      Installation.class,
      JavaThreads.class,
      JdkLibraries.class,
      Kept.class,
      Ledger.class,
      Libraries.class,
      LoadHook.class,
      LoadedLibrary.class,
      MappedFiles.class,
      Patch.class,
      Patcher.class,
      Patcher.Change.class,
      Place.class,
      Posix.class,
      ProcessPipes.class,
      Protection.Covered.class,
      Protection.Uncovered.class,
      Share.class,
      Signals.class,
      Starts.class,
      Steps.class,
      Survey.class,
      Sweep.class,
      SweptFlag.class,
      Syscall.class,
      SystemCallException.class,
      Table.class,
    };
  }
}
