// SPDX-License-Identifier: Apache-2.0
/** Small programs to be copied. */
@NullMarked
package io.github.noinherit.examples;

import org.jspecify.annotations.NullMarked;
