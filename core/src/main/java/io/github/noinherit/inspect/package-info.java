// SPDX-License-Identifier: Apache-2.0
/**
 * Looking at handles: those of a process ({@link io.github.noinherit.inspect.HandleTable}), who
 * holds a port, socket or file and how it came to it ({@link io.github.noinherit.inspect.Holders}),
 * and what a Java installation creates handles with, without running it ({@link
 * io.github.noinherit.inspect.ImportAudit}).
 *
 * <p>All records are immutable. What they say was true when it was read, at slightly different
 * moments.
 */
@NullMarked
package io.github.noinherit.inspect;

import org.jspecify.annotations.NullMarked;
