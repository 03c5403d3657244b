// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import io.github.noinherit.internal.stub.Stub;
import java.io.IOException;
import java.lang.invoke.MethodHandles;

/**
 * What native code needs to call a static Java method by JNI, for the rest of the process. It costs
 * a fraction of an upcall of the foreign function API, and an exception that the method throws is
 * pending in the caller, as JNI has it, where one that leaves an upcall ends the JVM.
 *
 * @param vm the JavaVM
 * @param type a weak global reference to the class, which does not keep it from being unloaded
 * @param method the jmethodID
 */
public record JniCallback(long vm, long type, long method) {
  /**
   * Looks a method up.
   *
   * @param type its class
   * @param name its name
   * @param signature its signature in JNI's form, such as {@code (J)V}
   */
  public static JniCallback of(Class<?> type, String name, String signature) throws IOException {
    return Jni.run(type.getClassLoader(), new LookUp(type.getName(), name, signature));
  }

  /** Loads the classes that a look-up uses, for who wants that done before. */
  public static void loadClasses() throws IllegalAccessException {
    MethodHandles.Lookup lookup = MethodHandles.lookup();
    for (Class<?> c : new Class<?>[] {Stub.class, LookUp.class, Jni.class}) {
      lookup.ensureInitialized(c);
    }
  }

  /** A class and not a lambda, which a JVM's start would pay for. */
  private record LookUp(String type, String name, String signature)
      implements Jni.Work<JniCallback> {
    @Override
    public JniCallback with(Jni jni) throws IOException {
      long itsClass = jni.classOf(type);
      long method = jni.method(Jni.GET_STATIC_METHOD_ID, itsClass, name, signature);
      long weak = jni.call(Jni.NEW_WEAK_GLOBAL_REF, itsClass, 0, 0).value();
      if (weak == 0) {
        throw new IOException("NewWeakGlobalRef returned NULL: no memory");
      }
      return new JniCallback(jni.vm(), weak, method);
    }
  }
}
