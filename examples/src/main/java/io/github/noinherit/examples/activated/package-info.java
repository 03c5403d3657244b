// SPDX-License-Identifier: Apache-2.0
/** A server that systemd gives its socket. */
@NullMarked
package io.github.noinherit.examples.activated;

import org.jspecify.annotations.NullMarked;
