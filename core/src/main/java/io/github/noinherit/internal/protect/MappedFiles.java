// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

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
  private static final Charset FILE_NAMES =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

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

  /**
   * The names of those with this suffix right in a folder. It runs while a JVM starts, and decodes
   * no more than it must.
   *
   * @param folder its canonical path
   */
  static Set<String> in(String folder, String suffix) throws IOException {
    String maps = new String(bytes(), ISO_8859_1); // byte for byte
    String prefix = new String((folder + '/').getBytes(FILE_NAMES), ISO_8859_1);
    Set<String> names = new LinkedHashSet<>();
    int at = maps.indexOf(prefix);
    while (at >= 0) {
      int end = maps.indexOf('\n', at);
      String name = withoutMark(maps.substring(at + prefix.length(), end < 0 ? maps.length() : end));
      if (name.endsWith(suffix) && name.indexOf('/') < 0) {
        names.add(new String(name.getBytes(ISO_8859_1), FILE_NAMES));
      }
      at = end < 0 ? -1 : maps.indexOf(prefix, end);
    }
    return names;
  }

  private static Set<String> all() throws IOException {
    String maps = new String(bytes(), FILE_NAMES);
    Set<String> paths = new LinkedHashSet<>();
    int slash = maps.indexOf('/');
    while (slash >= 0) {
      int end = maps.indexOf('\n', slash);
      paths.add(withoutMark(maps.substring(slash, end < 0 ? maps.length() : end)));
      slash = end < 0 ? -1 : maps.indexOf('/', end);
    }
    return paths;
  }

  /** The kernel marks a file that is gone; the dynamic linker still knows it by its name. */
  private static String withoutMark(String path) {
    return path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path;
  }

  private static byte[] bytes() throws IOException {
    try (FileInputStream in = new FileInputStream("/proc/self/maps")) {
      return in.readAllBytes();
    }
  }
}
