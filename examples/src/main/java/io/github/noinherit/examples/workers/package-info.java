// SPDX-License-Identifier: Apache-2.0
/** Pre-forked workers: several processes accept from one listener. */
@NullMarked
package io.github.noinherit.examples.workers;

import org.jspecify.annotations.NullMarked;
