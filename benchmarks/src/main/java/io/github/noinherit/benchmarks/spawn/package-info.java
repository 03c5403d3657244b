// SPDX-License-Identifier: Apache-2.0
/**
 * What it costs to start a child and wait for it, beside posix_spawn in C and {@link
 * ProcessBuilder}.
 */
@NullMarked
package io.github.noinherit.benchmarks.spawn;

import org.jspecify.annotations.NullMarked;
