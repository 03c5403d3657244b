// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

/** The two times that each scene is played. */
enum Side {
  WITHOUT("without"),
  WITH("with");

  private final String word;

  Side(String word) {
    this.word = word;
  }

  /** The word for it in texts and in JSON. */
  String word() {
    return word;
  }

  /** True where the helper is expected to get copies of what the server opens. */
  boolean leaks() {
    return this == WITHOUT;
  }
}
