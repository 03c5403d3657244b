// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * gunicorn, a server in Python that takes its listener by systemd's protocol: a witness that was
 * not written here. The one that build/fetch-gunicorn has laid under the root's target folder, else
 * one in PATH.
 */
public final class Gunicorn {
  private static final Path FETCHED = Path.of("..", "target", "gunicorn");

  private Gunicorn() {}

  /** The words that its arguments come after; each becomes the next by exec. */
  public static Optional<List<String>> command() {
    if (Files.isDirectory(FETCHED) && Programs.find("python3").isPresent()) {
      Path path = FETCHED.toAbsolutePath().normalize();
      return Optional.of(List.of("env", "PYTHONPATH=" + path, "python3", "-m", "gunicorn"));
    }
    return Programs.find("gunicorn").map(found -> List.of(found.toString()));
  }
}
