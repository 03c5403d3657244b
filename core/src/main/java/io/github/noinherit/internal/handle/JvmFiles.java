// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Files that the JVM opens for itself at its start: its own (lib/modules is descriptor 3 if nothing
 * else was open), and the jars of the program. A handle that was promised and not handed on leaves
 * its number to one of these, and who adopts and closes it takes it from the JVM.
 *
 * <p>Not known: what flags make the JVM open elsewhere, such as logs and recordings.
 */
final class JvmFiles {
  private JvmFiles() {}

  /** The path of what is open, if it is such a file; else null. */
  static @Nullable Path ifOwn(int fd) throws IOException {
    Path open = Path.of("/proc/self/fd/" + fd);
    Path path = Files.readSymbolicLink(open);
    if (path.startsWith(Path.of(System.getProperty("java.home")).toRealPath())) {
      return path;
    }
    for (String property : new String[] {"java.class.path", "jdk.module.path"}) {
      for (String entry : System.getProperty(property, "").split(File.pathSeparator, -1)) {
        if (!entry.isEmpty()
            && new File(entry).isFile()
            && Files.isSameFile(Path.of(entry), open)) {
          return path;
        }
      }
    }
    return null;
  }
}
