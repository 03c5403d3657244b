// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.channels.Selector;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/*
 * A Selector of the JDK's epoll class over descriptors of ours.
 *
 * EPollSelectorImpl makes its eventfd inside its only constructor, without EFD_CLOEXEC, so there is
 * no way to have it born non-inheritable but to go round that constructor: the object is created the
 * way deserialisation does it, by running the constructor of its superclass only
 * (ReflectionFactory.newConstructorForSerialization), and the fields that the constructor would have
 * set are set here. That is right only if we know all of them, so the class is compared with the
 * list below first, and a JDK whose class differs is refused.
 */
public final class JdkSelector {
  private static final String SELECTOR = "sun.nio.ch.EPollSelectorImpl";
  private static final Set<String> KNOWN_FIELDS =
      Set.of(
          "epfd",
          "pollArrayAddress",
          "eventfd",
          "fdToKey",
          "updateLock",
          "updateKeys",
          "interruptLock",
          "interruptTriggered");

  private static final PrivateMethod FACTORY =
      new PrivateMethod("jdk.internal.reflect.ReflectionFactory", "getReflectionFactory");
  private static final PrivateMethod NEW_CONSTRUCTOR =
      new PrivateMethod(
          "jdk.internal.reflect.ReflectionFactory",
          "newConstructorForSerialization",
          "java.lang.Class",
          "java.lang.reflect.Constructor");
  private static final PrivateField EVENTS = new PrivateField(SELECTOR, "NUM_EPOLLEVENTS");
  private static final PrivateField EPFD = new PrivateField(SELECTOR, "epfd");
  private static final PrivateField EVENT_FD = new PrivateField("sun.nio.ch.EventFD", "efd");
  private static final PrivateMethod ALLOCATE =
      new PrivateMethod("sun.nio.ch.EPoll", "allocatePollArray", "int");
  private static final PrivateMethod FREE =
      new PrivateMethod("sun.nio.ch.EPoll", "freePollArray", "long");

  private JdkSelector() {}

  /** Why no such selector can be made on this JVM, or null. */
  public static @Nullable String objection() {
    String provider = SelectorProvider.provider().getClass().getName();
    if (!provider.equals("sun.nio.ch.EPollSelectorProvider")) {
      return "the selector provider is " + provider + ", not the JDK's epoll one";
    }
    Set<String> fields = new TreeSet<>();
    for (Field f : EPFD.declaringClass().getDeclaredFields()) {
      if (!Modifier.isStatic(f.getModifiers())) {
        fields.add(f.getName());
      }
    }
    return fields.equals(KNOWN_FIELDS)
        ? null
        : "its " + SELECTOR + " has the fields " + fields + ", and noinherit knows " + KNOWN_FIELDS;
  }

  /**
   * A selector that owns an epoll descriptor and a non-blocking eventfd registered with it.
   *
   * @throws UnsupportedOperationException if there is an {@link #objection}
   */
  public static Selector of(int epfd, int eventfd) throws IOException {
    String objection = objection();
    if (objection != null) {
      throw new UnsupportedOperationException(
          "no selector can be born non-inheritable on this JVM: " + objection);
    }
    Object wakeup = bare(EVENT_FD.declaringClass(), constructor(Object.class), Map.of());
    EVENT_FD.set(wakeup, eventfd);
    Class<?> type = EPFD.declaringClass();
    Object pollArray = ALLOCATE.call(null, EVENTS.get(null));
    try {
      Map<String, @Nullable Object> fields = new HashMap<>();
      fields.put("epfd", epfd);
      fields.put("pollArrayAddress", pollArray);
      fields.put("eventfd", wakeup);
      fields.put("fdToKey", new HashMap<>());
      fields.put("updateLock", new Object());
      fields.put("updateKeys", new ArrayDeque<>());
      fields.put("interruptLock", new Object());
      Constructor<?> superConstructor = constructor(type.getSuperclass(), SelectorProvider.class);
      return (Selector) bare(type, superConstructor, fields, SelectorProvider.provider());
    } catch (IOException | RuntimeException e) {
      FREE.call(null, pollArray);
      throw e;
    }
  }

  /** An instance for which only a superclass' constructor ran, with its fields set. */
  private static Object bare(
      Class<?> type,
      Constructor<?> superConstructor,
      Map<String, @Nullable Object> fields,
      Object... arguments)
      throws IOException {
    Object factory = FACTORY.call(null);
    Constructor<?> constructor =
        (Constructor<?>) NEW_CONSTRUCTOR.call(factory, type, superConstructor);
    if (constructor == null) {
      throw new UnsupportedOperationException("no serialization constructor for " + type);
    }
    try {
      Door.open(constructor);
      Object instance = constructor.newInstance(arguments);
      fields.forEach((name, value) -> new PrivateField(type.getName(), name).set(instance, value));
      return instance;
    } catch (ReflectiveOperationException e) {
      throw PrivateMethod.unknown("constructor of " + superConstructor.getDeclaringClass(), e);
    }
  }

  private static Constructor<?> constructor(Class<?> type, Class<?>... parameters) {
    try {
      return type.getDeclaredConstructor(parameters);
    } catch (NoSuchMethodException e) {
      throw PrivateMethod.unknown("constructor of " + type.getName(), e);
    }
  }
}
