// SPDX-License-Identifier: Apache-2.0
/** {@code noinherit check}: what this machine and this JVM can do. */
@NullMarked
package io.github.noinherit.cli.check;

import org.jspecify.annotations.NullMarked;
