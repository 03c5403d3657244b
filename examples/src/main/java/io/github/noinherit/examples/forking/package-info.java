// SPDX-License-Identifier: Apache-2.0
/** A child of its own for each connection. */
@NullMarked
package io.github.noinherit.examples.forking;

import org.jspecify.annotations.NullMarked;
