// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.elf;

/**
 * A pointer that the dynamic linker sets to the address of an imported symbol.
 *
 * @param name the symbol
 * @param slot the pointer's virtual address in the image
 */
public record ElfImport(String name, long slot) {}
