// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The files that are mapped into this process, libraries among them: proc_pid_maps(5). */
final class MappedFiles {
  private static final String DELETED = " (deleted)";

  private MappedFiles() {}

  /** The paths of those whose file name matches one of these. */
  static Set<String> matching(List<String> globs) throws IOException {
    Set<String> paths = new LinkedHashSet<>();
    for (String path : all()) {
      if (Globs.matchAny(globs, new File(path).getName())) {
        paths.add(path);
      }
    }
    return paths;
  }

  private static Set<String> all() throws IOException {
    Charset fileNames = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    String maps;
    try (FileInputStream in = new FileInputStream("/proc/self/maps")) {
      maps = new String(in.readAllBytes(), fileNames);
    }
    Set<String> paths = new LinkedHashSet<>();
    int slash = maps.indexOf('/');
    while (slash >= 0) {
      int end = maps.indexOf('\n', slash);
      String path = maps.substring(slash, end < 0 ? maps.length() : end);
      // The kernel marks a file that is gone; the dynamic linker still knows it by its name.
      paths.add(
          path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path);
      slash = end < 0 ? -1 : maps.indexOf('/', end);
    }
    return paths;
  }
}
