// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.check;

import io.github.noinherit.Capability;

/**
 * A capability and what came of trying it.
 *
 * @param name the name of the constant
 * @param description what it is, in a few words
 * @param available whether it is there
 * @param reason how it is provided, or why it is not there
 * @param remedy what would make it yes; empty if it is there, or if nothing would
 */
record Checked(String name, String description, boolean available, String reason, String remedy) {
  static Checked of(Capability capability) {
    var answer = capability.check();
    return new Checked(
        capability.name(),
        capability.description(),
        answer.isAvailable(),
        answer.reason(),
        answer.remedy());
  }
}
