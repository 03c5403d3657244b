// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.AccessibleObject;
import java.util.function.Consumer;

/*
 * On the class path all libraries share one unnamed module. A package that is opened to it is open to
 * every one of them, and a library that tries setAccessible to see how far it gets would behave
 * differently because noinherit is there. So the packages are opened to the unnamed module of a class
 * loader that defines a single class.
 */
final class KeyRing extends ClassLoader {
  private KeyRing() {
    super("noinherit-key", ClassLoader.getPlatformClassLoader());
  }

  /** A key in a module of its own. */
  @SuppressWarnings("unchecked")
  static Consumer<AccessibleObject> newKey() {
    try {
      return (Consumer<AccessibleObject>)
          new KeyRing().loadClass(Key.class.getName()).getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the key class cannot be loaded", e);
    }
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    if (!name.equals(Key.class.getName())) {
      throw new ClassNotFoundException(name);
    }
    try (InputStream in = Key.class.getResourceAsStream("Key.class")) {
      if (in == null) {
        throw new ClassNotFoundException(name + " is missing in noinherit's own jar");
      }
      byte[] bytes = in.readAllBytes();
      return defineClass(name, bytes, 0, bytes.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }
}
