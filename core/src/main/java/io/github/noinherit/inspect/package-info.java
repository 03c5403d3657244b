// SPDX-License-Identifier: Apache-2.0
/**
 * Looking at handles from outside: what a Java installation does with them, without running it, and
 * who listens on a port.
 */
@NullMarked
package io.github.noinherit.inspect;

import org.jspecify.annotations.NullMarked;
