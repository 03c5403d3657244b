// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.Protection;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.elf.ElfException;
import io.github.noinherit.internal.elf.ElfImage;
import io.github.noinherit.internal.elf.ElfImport;
import io.github.noinherit.internal.elf.ElfNames;
import io.github.noinherit.internal.elf.ElfRange;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.ExecutableMemory;
import io.github.noinherit.internal.jdk.JniCallback;
import io.github.noinherit.internal.jdk.Uninterruptibly;
import io.github.noinherit.internal.linux.DynamicLinker;
import io.github.noinherit.internal.linux.Signals;
import io.github.noinherit.internal.linux.Syscall;
import io.github.noinherit.internal.posix.Environ;
import io.github.noinherit.internal.posix.FileStatus;
import io.github.noinherit.internal.posix.Posix;
import io.github.noinherit.internal.protocol.GivenHandle;
import io.github.noinherit.internal.protocol.GivenHandles;
import io.github.noinherit.internal.stub.Calls;
import io.github.noinherit.internal.stub.Hooks;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/*
 * What is done before an installation, and without the JVM-wide lock: native calls are linked, it is
 * looked whether anything speaks against protection, what the hooks need is made, and the classes
 * are loaded that are used with the lock held (Protector says why they must be there).
 *
 * All that is most of what a start of a JVM pays for, so a second thread loads the classes while the
 * first one links. It is waited for, but not for ever: class loaders and transformers of others run
 * in it, and one of them may want a lock that the caller holds. Then the caller goes on alone.
 */
final class Preparation extends Thread {
  private static final Duration LONGEST = Duration.ofSeconds(1);

  private volatile boolean isDone;

  private Preparation() {
    super(null, null, "noinherit-classes", 0, false); // no thread locals of the caller's
    setDaemon(true);
  }

  /**
   * Prepares.
   *
   * @throws UnsupportedOperationException if something speaks against protection here
   */
  static HookPage of() throws IOException {
    Preparation helper = new Preparation();
    helper.start();
    HookPage page;
    try {
      page = prepare();
    } finally {
      Uninterruptibly.join(helper, LONGEST);
    }
    if (!helper.isDone) {
      loadClasses(); // and meet here what it may have met
    }
    return page;
  }

  @Override
  public void run() {
    try {
      loadClasses();
      isDone = true;
    } catch (LinkageError | RuntimeException e) {
      isDone = false;
    }
  }

  private static HookPage prepare() throws IOException {
    String objection = Protector.objection();
    if (objection != null) {
      throw new UnsupportedOperationException(
          "protection by default is not possible here: " + objection);
    }
    try {
      LoadHook.prepare();
      return HookPage.get();
    } catch (SystemCallException e) {
      throw new UnsupportedOperationException(
          "protection by default is not possible here: " + e.getMessage(), e);
    }
  }

  private static void loadClasses() {
    // libnio looks openat64 up when its file system is first used. It must have, to be covered.
    Files.exists(Path.of("/"));
    try {
      JniCallback.loadClasses();
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      for (Class<?> c : classes()) {
        lookup.ensureInitialized(c);
      }
    } catch (IllegalAccessException e) {
      throw new LinkageError("a class of noinherit's own jar", e);
    }
  }

  /** Those at the end look symbols up when they are initialised, so they wait for the linking. */
  private static Class<?>[] classes() {
    return new Class<?>[] {
      CFunctions.class,
      CallResult.class,
      Calls.class,
      Cover.class,
      Coverage.class,
      Creators.class,
      ElfException.class,
      ElfImage.class,
      ElfImport.class,
      ElfNames.class,
      ElfRange.class,
      FileStatus.class,
      GivenHandle.class,
      GivenHandles.class,
      GivenHandles.Handles.class,
      GivenHandles.Malformed.class,
      Globs.class,
      HookPage.class,
      Hooks.class,
      InFlight.class,
      Installation.class,
      JavaThreads.class,
      JdkLibraries.class,
      Kept.class,
      Libraries.class,
      LoadHook.class,
      LoadedLibrary.class,
      MappedFiles.class,
      Patch.class,
      Patcher.class,
      Patcher.Change.class,
      Place.class,
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
      DynamicLinker.class,
      Environ.class,
      ExecutableMemory.class,
      Ledger.class,
      Posix.class,
    };
  }
}
