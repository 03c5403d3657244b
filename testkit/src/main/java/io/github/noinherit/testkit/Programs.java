// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Looks programs up in PATH. */
final class Programs {
  private Programs() {}

  static Optional<Path> find(String name) {
    String path = System.getenv("PATH");
    if (path == null) {
      return Optional.empty();
    }
    for (String folder : path.split(":", -1)) {
      Path candidate = Path.of(folder, name);
      if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
        return Optional.of(candidate.toAbsolutePath());
      }
    }
    return Optional.empty();
  }
}
