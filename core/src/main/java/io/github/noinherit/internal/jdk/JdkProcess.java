// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What java.lang.Process keeps for itself. */
public final class JdkProcess {
  private static final PrivateField OUTPUT_WRITER =
      new PrivateField("java.lang.Process", "outputWriter");

  private JdkProcess() {}

  /** The writer that {@link Process#outputWriter()} made, which may hold text; else the stream. */
  public static Closeable outputWriterOr(Process process, Closeable stream) {
    return OUTPUT_WRITER.get(process) instanceof Closeable writer ? writer : stream;
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
