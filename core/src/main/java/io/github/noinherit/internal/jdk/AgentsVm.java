// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.internal.ffi.Native;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Field;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/*
 * The JavaVM, as our agent's native side keeps it.
 *
 * JNI_GetCreatedJavaVMs finds none while premain runs: the JVM says that it is created after all
 * agents have started. The agent has it: sun.instrument.InstrumentationImpl.mNativeAgent is the
 * address of a JPLISAgent, whose first member is its JavaVM (JPLISAgent.h in java.instrument). What
 * is found so is used only if its GetEnv then knows this thread (Jni).
 */
final class AgentsVm {
  private AgentsVm() {}

  static long find() throws IOException {
    Instrumentation i = Door.instrumentation();
    if (i == null) {
      throw new IOException("this JVM is not created yet, and noinherit's agent is not loaded");
    }
    try {
      Class<?> type = i.getClass();
      Consumer<AccessibleObject> key = KeyRing.newKey();
      i.redefineModule(
          type.getModule(),
          Set.of(),
          Map.of(),
          Map.of(type.getPackageName(), Set.of(key.getClass().getModule())),
          Set.of(),
          Map.of());
      Field field = type.getDeclaredField("mNativeAgent");
      key.accept(field);
      long agent = field.getLong(i);
      if (agent == 0) {
        throw new IOException("the agent has no native side");
      }
      return Native.at(agent, Long.BYTES).get(JAVA_LONG, 0);
    } catch (ReflectiveOperationException e) {
      throw new IOException("this JDK keeps its agents differently: " + e, e);
    }
  }
}
