// SPDX-License-Identifier: Apache-2.0
/** What protection by default costs: a JVM's start, and each operation afterwards. */
@NullMarked
package io.github.noinherit.benchmarks.bydefault;

import org.jspecify.annotations.NullMarked;
