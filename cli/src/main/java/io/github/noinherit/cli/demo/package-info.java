// SPDX-License-Identifier: Apache-2.0
/**
 * The story of 2007, played on this machine.
 *
 * <p>A {@link io.github.noinherit.cli.demo.Scene} tells one thing that goes wrong. It is played by
 * real processes: a {@link io.github.noinherit.cli.demo.Server} in a JVM of its own, which opens
 * everything by the JDK's own methods; the same with one call to noinherit before, a {@link
 * io.github.noinherit.cli.demo.ProtectedServer}; the helper that the server starts by a naive
 * {@code posix_spawn}; and clients. What is printed as said by the kernel comes from {@code /proc}
 * at that moment.
 */
@NullMarked
package io.github.noinherit.cli.demo;

import org.jspecify.annotations.NullMarked;
