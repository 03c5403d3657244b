// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.io.Closeable;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What java.lang.Process keeps for itself. */
public final class JdkProcess {
  private static final PrivateField OUTPUT_WRITER =
      new PrivateField("java.lang.Process", "outputWriter");

  private static final PrivateMethod NEW_HANDLE =
      new PrivateMethod("java.lang.ProcessHandleImpl", "<init>", "long", "long");

  /** A start time that no process has, nor the -1 that the JDK has for one that is gone. */
  private static final long NEVER = -2;

  private JdkProcess() {}

  /** The writer that {@link Process#outputWriter()} made, which may hold text; else the stream. */
  public static Closeable outputWriterOr(Process process, Closeable stream) {
    return OUTPUT_WRITER.get(process) instanceof Closeable writer ? writer : stream;
  }

  /**
   * The handle of a process that has ended, whose pid another may have meanwhile: it is not alive,
   * and it is not the other.
   */
  public static ProcessHandle endedHandle(long pid) {
    return (ProcessHandle) Objects.requireNonNull(NEW_HANDLE.callPure(null, pid, NEVER));
  }

  /** The first of several failures, with the others suppressed. */
  public static IOException firstOf(@Nullable IOException first, IOException next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }
}
