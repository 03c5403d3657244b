// SPDX-License-Identifier: Apache-2.0
/** Looking at what a Java installation does with handles, without running it. */
@NullMarked
package io.github.noinherit.inspect;

import org.jspecify.annotations.NullMarked;
