// SPDX-License-Identifier: Apache-2.0
/** {@code noinherit run}: starts a program with exactly the handles named. */
@NullMarked
package io.github.noinherit.cli.run;

import org.jspecify.annotations.NullMarked;
