// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.util.Optional;

/**
 * What an {@link Intruder} told of its search.
 *
 * @param byName what came of opening the secret file by its name; empty if it did not try
 * @param read the descriptor that it could read from, and what it read
 * @param listens the descriptor that waits for clients
 */
record IntruderReport(Optional<String> byName, Optional<String> read, Optional<String> listens) {
  /** Waits for the report of the helper of this server. */
  static IntruderReport by(ServerProcess server) throws IOException {
    Optional<String> byName = Optional.empty();
    Optional<String> read = Optional.empty();
    while (true) {
      String[] words = server.nextOfHelper().split("\t", 2);
      switch (words[0]) {
        case "by-name" -> byName = Optional.of(words[1]);
        case "read" -> {
          String[] found = words[1].split("\t", 2);
          read = Optional.of("reads from " + found[0] + ": \"" + found[1] + "\"");
        }
        case "listens" -> {
          return new IntruderReport(byName, read, Optional.of(words[1]));
        }
        case "done" -> {
          return new IntruderReport(byName, read, Optional.empty());
        }
        default -> throw new IOException("the helper said " + String.join(" ", words));
      }
    }
  }

  boolean hasRead(String secret) {
    return read.orElse("").contains(secret);
  }

  String tellRead() {
    return read.orElse("finds no open file but Java's own");
  }

  String tellListens() {
    return listens
        .map(number -> "finds that " + number + " is a socket that waits for clients")
        .orElse("finds no socket that waits for clients");
  }
}
