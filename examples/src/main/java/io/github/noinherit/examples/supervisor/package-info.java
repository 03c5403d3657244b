// SPDX-License-Identifier: Apache-2.0
/** Keeps a few commands running, and leaves none behind. */
@NullMarked
package io.github.noinherit.examples.supervisor;

import org.jspecify.annotations.NullMarked;
