// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.linux.DynamicLinker;
import io.github.noinherit.internal.posix.Errno;
import io.github.noinherit.internal.posix.PosixSpawn;
import io.github.noinherit.internal.stub.Stub;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/*
 * The ways to start a child, best first. At the first start each is put to a self test until one
 * passes; that one is used from then on. An operator can name one with -Dnoinherit.spawn=, for
 * instance posix_spawn where no machine code of ours is wanted.
 */
public enum Way {
  /** clone3 (Linux 5.9 with close_range). */
  CLONE3,
  /** clone, where a filter refuses clone3. */
  CLONE,
  /** posix_spawn of glibc. */
  POSIX_SPAWN;

  /** The system property by which an operator names a way. */
  public static final String PROPERTY = "noinherit.spawn";

  /**
   * What was chosen, and what was tried before it.
   *
   * @param way null if there is none
   * @param objections one for each way that was refused
   */
  public record Choice(@Nullable Way way, List<String> objections) {
    /** Keeps an immutable copy. */
    public Choice {
      objections = List.copyOf(objections);
    }

    @Override
    public String toString() {
      return (way == null ? "none" : way.toString())
          + (objections.isEmpty() ? "" : " (" + String.join("; ", objections) + ")");
    }
  }

  private record Ready(Choice choice, @Nullable Executor executor) {}

  private static @Nullable Ready ready;
  private static @Nullable MemorySegment stub;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The way that is used. Makes the self tests if nothing was started yet.
   *
   * @throws IOException for lack of descriptors, processes or memory; nothing is chosen then
   */
  public static Choice choice() throws IOException {
    return Births.during(Way::chosen);
  }

  /** The same, for who is inside of a birth already. */
  static Choice chosen() throws IOException {
    return ready().choice();
  }

  /**
   * The executor of the way that is used.
   *
   * @throws UnsupportedOperationException if there is none, with every reason
   */
  static Executor executor() throws IOException {
    Ready r = ready();
    if (r.executor() == null) {
      throw new UnsupportedOperationException(
          "no child can be started here: " + String.join("; ", r.choice().objections()));
    }
    return r.executor();
  }

  private static synchronized Ready ready() throws IOException {
    Ready r = ready;
    if (r == null) {
      r = find();
      ready = r;
    }
    return r;
  }

  private static Ready find() throws IOException {
    String refusal =
        !Platform.current().isLinux()
            ? "noinherit starts children on Linux only, and this is " + Platform.describe()
            : Native.refusal() != null
                ? Native.refusal()
                : DynamicLinker.glibcVersion() != null ? null : "this C library is not glibc";
    if (refusal != null) {
      return new Ready(new Choice(null, List.of(refusal)), null);
    }
    String forced = System.getProperty(PROPERTY);
    List<String> objections = new ArrayList<>();
    for (Way way : values()) {
      if (forced != null && !forced.equals(way.toString())) {
        continue;
      }
      try {
        Executor executor = way.open();
        String objection =
            switch (executor) {
              case CloneExecutor clone -> SelfTest.objection(clone);
              default -> PosixSpawn.objection();
            };
        if (objection == null) {
          if (forced != null) {
            objections.add("named by -D" + PROPERTY);
          }
          return new Ready(new Choice(way, objections), executor);
        }
        objections.add(way + ": " + objection);
      } catch (SystemCallException e) {
        if (Errno.isShortage(e.code())) {
          throw e;
        }
        objections.add(way + ": " + e.getMessage());
      }
    }
    if (objections.isEmpty()) {
      objections.add("-D" + PROPERTY + "=" + forced + " is none of clone3, clone, posix_spawn");
    }
    return new Ready(new Choice(null, objections), null);
  }

  /** Called with the lock. The stub is the same for both births, and stays for good. */
  private Executor open() throws SystemCallException {
    if (this == POSIX_SPAWN) {
      return new PosixSpawnExecutor();
    }
    MemorySegment code = stub;
    if (code == null) {
      code = Stub.install(Stub.spawn(Platform.current()));
      stub = code;
    }
    return new CloneExecutor(
        this == CLONE3 ? CloneExecutor.Birth.CLONE3 : CloneExecutor.Birth.CLONE, code);
  }
}
