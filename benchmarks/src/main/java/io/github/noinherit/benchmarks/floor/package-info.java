// SPDX-License-Identifier: Apache-2.0
/** What single operations cost, by JMH. */
@NullMarked
package io.github.noinherit.benchmarks.floor;

import org.jspecify.annotations.NullMarked;
