// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * A private method or constructor of java.base, looked up at first use through the {@link Door}.
 *
 * <p>Parameter types are given by name, as some are private classes themselves. The name {@code
 * <init>} stands for a constructor.
 */
final class PrivateMethod {
  private final String className;
  private final String name;
  private final String[] parameterTypes;
  private volatile @Nullable Executable executable;

  PrivateMethod(String className, String name, String... parameterTypes) {
    this.className = className;
    this.name = name;
    this.parameterTypes = parameterTypes.clone();
  }

  static UnsupportedOperationException unknown(String member, Exception cause) {
    return new UnsupportedOperationException(
        "this JDK ("
            + Runtime.version()
            + ") has no "
            + member
            + " as noinherit knows it; see 'noinherit check'",
        cause);
  }

  private Executable executable() {
    Executable e = executable;
    if (e == null) {
      try {
        Class<?> type = Class.forName(className, false, null);
        Class<?>[] types = new Class<?>[parameterTypes.length];
        for (int i = 0; i < types.length; i++) {
          types[i] = typeNamed(parameterTypes[i]);
        }
        e =
            name.equals("<init>")
                ? type.getDeclaredConstructor(types)
                : type.getDeclaredMethod(name, types);
        Door.open(e);
      } catch (ReflectiveOperationException x) {
        throw unknown(className + "." + name, x);
      }
      executable = e;
    }
    return e;
  }

  private static Class<?> typeNamed(String type) throws ClassNotFoundException {
    return switch (type) {
      case "int" -> int.class;
      case "boolean" -> boolean.class;
      case "long" -> long.class;
      case "int[]" -> int[].class;
      default -> Class.forName(type, false, null);
    };
  }

  /** Calls the method; {@code target} is null for a static one and for a constructor. */
  @Nullable Object call(@Nullable Object target, @Nullable Object... arguments) throws IOException {
    try {
      return executable() instanceof Constructor<?> c
          ? c.newInstance(arguments)
          : ((Method) executable()).invoke(target, arguments);
    } catch (InvocationTargetException e) {
      switch (e.getCause()) {
        case IOException x -> throw x;
        case RuntimeException x -> throw x;
        case Error x -> throw x;
        case null, default -> throw unknown(className + "." + name, e);
      }
    } catch (ReflectiveOperationException e) {
      throw unknown(className + "." + name, e);
    }
  }

  /** {@link #call} for a method that does no input or output. */
  @Nullable Object callPure(@Nullable Object target, @Nullable Object... arguments) {
    try {
      return call(target, arguments);
    } catch (IOException e) {
      throw new UncheckedIOException(className + "." + name, e);
    }
  }
}
