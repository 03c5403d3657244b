// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.elf;

/**
 * A range of virtual addresses.
 *
 * @param start the first
 * @param end the one behind the last
 */
public record ElfRange(long start, long end) {
  /** Is an address inside? */
  public boolean contains(long address) {
    return address >= start && address < end;
  }
}
