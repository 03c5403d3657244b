// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import org.jspecify.annotations.Nullable;

/**
 * One line of a scene as it was played.
 *
 * @param who who does or says it
 * @param text what was done, or what was seen
 * @param expected what the scene must show here; null for a line that only tells
 * @param holds whether it was so
 */
record Line(String who, String text, @Nullable String expected, boolean holds) {}
