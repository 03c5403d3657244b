// SPDX-License-Identifier: Apache-2.0
/**
 * The witness: what the tests of noinherit believe instead of what noinherit says.
 *
 * <p>Nothing here uses the library. {@link io.github.noinherit.testkit.DescriptorTable} and {@link
 * io.github.noinherit.testkit.RawFlags} ask the kernel about this process, {@link
 * io.github.noinherit.testkit.Leaf} is a child that asks it about itself, {@link
 * io.github.noinherit.testkit.NaiveForker} starts children as careless native code does, and {@link
 * io.github.noinherit.testkit.Zoo} makes every kind of handle that the JDK can make. Linux only.
 */
@NullMarked
package io.github.noinherit.testkit;

import org.jspecify.annotations.NullMarked;
