// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/*
 * The last door into java.base: JNI is not subject to module access checks, so it may call the
 * private method Module.implAddOpens(String, Module) on java.base, which opens one package to one
 * module and to nobody else. That needs no flag but native access.
 */
final class JniDoor {
  private JniDoor() {}

  /** Opens packages of java.base to the module of a class. */
  static void open(List<String> packages, Class<?> to) throws IOException {
    try {
      Jni.run(
          to.getClassLoader(),
          jni -> {
            openAll(jni, packages, to.getName());
            return to;
          });
    } catch (IOException | RuntimeException e) {
      throw new IOException("opening java.base through JNI failed", e);
    }
  }

  private static void openAll(Jni jni, List<String> packages, String to) throws IOException {
    long itsClass = jni.classOf(to);
    long classClass = jni.findClass("java/lang/Class");
    long moduleClass = jni.findClass("java/lang/Module");
    long getModule = jni.method(Jni.GET_METHOD_ID, classClass, "getModule", "()Ljava/lang/Module;");
    long base = jni.reference(Jni.CALL_OBJECT_METHOD_A, classClass, getModule, 0);
    long module = jni.reference(Jni.CALL_OBJECT_METHOD_A, itsClass, getModule, 0);
    long implAddOpens =
        jni.method(
            Jni.GET_METHOD_ID,
            moduleClass,
            "implAddOpens",
            "(Ljava/lang/String;Ljava/lang/Module;)V");
    for (String p : packages) {
      jni.call(Jni.CALL_VOID_METHOD_A, base, implAddOpens, jni.arguments(jni.string(p), module));
      jni.checkException("implAddOpens(" + p + ")");
    }
  }

  /** What speaks against this door on this JVM, or null. */
  static @Nullable String objection() {
    if (!Platform.current().isLinux()) {
      return "not on " + Platform.describe();
    }
    String vm = System.getProperty("java.vm.name", "");
    if (!vm.contains("OpenJDK") && !vm.contains("HotSpot")) {
      return "only HotSpot is known to have the private method it needs, and this is " + vm;
    }
    return Native.refusal();
  }
}
