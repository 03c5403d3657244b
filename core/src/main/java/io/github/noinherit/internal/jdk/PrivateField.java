// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.lang.reflect.Field;
import org.jspecify.annotations.Nullable;

/**
 * A private field of java.base, looked up at first use through the {@link Door}.
 *
 * <p>A JDK that has no such field is one that noinherit does not know: that is an {@link
 * UnsupportedOperationException} with the field's name, never a guess.
 */
final class PrivateField {
  private final String className;
  private final String name;
  private volatile @Nullable Field field;

  PrivateField(String className, String name) {
    this.className = className;
    this.name = name;
  }

  private Field field() {
    Field f = field;
    if (f == null) {
      try {
        f = Class.forName(className, false, null).getDeclaredField(name);
        Door.open(f);
      } catch (ReflectiveOperationException e) {
        throw PrivateMethod.unknown(className + "." + name, e);
      }
      field = f;
    }
    return f;
  }

  /** The class that declares the field. */
  Class<?> declaringClass() {
    return field().getDeclaringClass();
  }

  @Nullable Object get(@Nullable Object target) {
    try {
      return field().get(target);
    } catch (IllegalAccessException e) {
      throw PrivateMethod.unknown(className + "." + name, e);
    }
  }

  int getInt(Object target) {
    try {
      return field().getInt(target);
    } catch (IllegalAccessException e) {
      throw PrivateMethod.unknown(className + "." + name, e);
    }
  }

  void set(Object target, @Nullable Object value) {
    try {
      field().set(target, value);
    } catch (IllegalAccessException e) {
      throw PrivateMethod.unknown(className + "." + name, e);
    }
  }
}
