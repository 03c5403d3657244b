// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.elf;

import java.io.IOException;

/** A file or memory that is no ELF image as this package knows them; the message says where. */
public final class ElfException extends IOException {
  private static final long serialVersionUID = 1;

  ElfException(String message) {
    super(message);
  }
}
