// SPDX-License-Identifier: Apache-2.0
/** A Netty server that restarts in place. */
@NullMarked
package io.github.noinherit.examples.netty;

import org.jspecify.annotations.NullMarked;
