// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

/**
 * One change of a pointer in a library's tables.
 *
 * @param slot the pointer's address
 * @param original what it held
 * @param hook what it holds instead
 */
record Patch(long slot, long original, long hook) {}
