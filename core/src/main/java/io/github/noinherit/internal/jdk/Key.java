// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.lang.reflect.AccessibleObject;
import java.util.function.Consumer;

/**
 * The one class to which java.base is opened. {@link KeyRing} loads it a second time, in a class
 * loader of its own, so in a module that has nothing else in it: no other library of the program
 * can reach into the JDK because noinherit does.
 */
public final class Key implements Consumer<AccessibleObject> {
  @Override
  public void accept(AccessibleObject member) {
    member.setAccessible(true);
  }
}
