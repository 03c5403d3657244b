// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.docs;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the checkout is in which the tests run. */
final class Repository {
  private Repository() {}

  /** The folder that holds README.md and the command. */
  static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (folder != null) {
      if (Files.exists(folder.resolve("README.md")) && Files.exists(folder.resolve("noinherit"))) {
        return folder;
      }
      folder = folder.getParent();
    }
    throw new IllegalStateException("no README.md above " + Path.of("").toAbsolutePath());
  }
}
