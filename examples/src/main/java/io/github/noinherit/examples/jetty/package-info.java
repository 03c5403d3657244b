// SPDX-License-Identifier: Apache-2.0
/** A Jetty server that restarts in place. */
@NullMarked
package io.github.noinherit.examples.jetty;

import org.jspecify.annotations.NullMarked;
