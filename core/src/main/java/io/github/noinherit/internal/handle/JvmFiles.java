// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes.Name;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Files that the JVM opens for itself at its start: its own (lib/modules is descriptor 3 if nothing
 * else was open), and the jars of the program. A handle that was promised and not handed on leaves
 * its number to one of these, and who adopts and closes it takes it from the JVM.
 *
 * <p>Not known: what flags make the JVM open elsewhere, such as logs and recordings, and jars of
 * class loaders of the program's own.
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
    Deque<Path> jars = new ArrayDeque<>();
    for (String property : new String[] {"java.class.path", "jdk.module.path"}) {
      for (String entry : System.getProperty(property, "").split(File.pathSeparator, -1)) {
        if (!entry.isEmpty()) {
          jars.add(Path.of(entry));
        }
      }
    }
    Set<Path> seen = new HashSet<>();
    for (Path jar = jars.poll(); jar != null; jar = jars.poll()) {
      if (Files.isRegularFile(jar) && seen.add(jar.toAbsolutePath().normalize())) {
        if (Files.isSameFile(jar, open)) {
          return path;
        }
        jars.addAll(classPathOf(jar));
      }
    }
    return null;
  }

  /** The Class-Path of a jar's manifest: URLs, relative to the jar (JAR File Specification). */
  private static List<Path> classPathOf(Path jar) throws IOException {
    List<Path> others = new ArrayList<>();
    try (JarFile file = new JarFile(jar.toFile())) {
      Manifest manifest = file.getManifest();
      String value =
          manifest == null ? null : manifest.getMainAttributes().getValue(Name.CLASS_PATH);
      for (String url : value == null ? new String[0] : value.strip().split(" +", -1)) {
        URI resolved = jar.toUri().resolve(url);
        if ("file".equals(resolved.getScheme())) {
          others.add(Path.of(resolved));
        }
      }
    } catch (ZipException | IllegalArgumentException e) {
      return others; // the JVM does not read it either
    }
    return others;
  }
}
