// SPDX-License-Identifier: Apache-2.0
/** Pure: what the kernel writes about processes and sockets, as text or message, into records. */
@NullMarked
package io.github.noinherit.internal.proc;

import org.jspecify.annotations.NullMarked;
