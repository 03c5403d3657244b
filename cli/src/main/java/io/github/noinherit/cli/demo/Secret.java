// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;

/**
 * A file that only its owner may open, and the word in it.
 *
 * @param file the file
 * @param word what it holds; another one every time
 */
record Secret(Path file, String word) {
  static Secret in(Path folder) throws IOException {
    Path file = folder.resolve("secret.key");
    String word = "password-" + UUID.randomUUID().toString().substring(0, 8);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, word + "\n");
    return new Secret(file, word);
  }
}
