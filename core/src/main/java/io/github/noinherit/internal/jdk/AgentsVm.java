// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import io.github.noinherit.internal.ffi.Native;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Map;
import java.util.Set;

/*
 * The JavaVM, as our agent's native side keeps it.
 *
 * JNI_GetCreatedJavaVMs finds none while premain runs: the JVM says that it is created after all
 * agents have started. The agent has it: sun.instrument.InstrumentationImpl.mNativeAgent is the
 * address of a JPLISAgent, whose first member is its JavaVM (JPLISAgent.h in java.instrument). What
 * is found so is used only if its GetEnv then knows this thread (Jni).
 *
 * For that sun.instrument is opened to our module, which on the class path is everybody's. It has
 * nothing but the implementation of Instrumentation; java.base is opened with more care (KeyRing),
 * which takes longer.
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
      Module ours = AgentsVm.class.getModule();
      i.redefineModule(
          type.getModule(),
          Set.of(),
          Map.of(),
          Map.of(type.getPackageName(), Set.of(ours)),
          Set.of(),
          Map.of());
      // A Field would put method handles together for it, which takes milliseconds.
      VarHandle field =
          MethodHandles.privateLookupIn(type, MethodHandles.lookup())
              .findVarHandle(type, "mNativeAgent", long.class);
      long agent = (long) field.get((Object) i);
      if (agent == 0) {
        throw new IOException("the agent has no native side");
      }
      return Native.word(agent);
    } catch (ReflectiveOperationException e) {
      throw new IOException("this JDK keeps its agents differently: " + e, e);
    }
  }
}
