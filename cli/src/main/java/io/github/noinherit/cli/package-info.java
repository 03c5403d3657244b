// SPDX-License-Identifier: Apache-2.0
/** The {@code noinherit} command: its frame, its exit statuses and its output. */
@NullMarked
package io.github.noinherit.cli;

import org.jspecify.annotations.NullMarked;
