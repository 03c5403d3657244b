// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Platform threads that may be in native code at this moment. A thread in native code is RUNNABLE,
 * however long it waits there; that costs nothing to ask, where a stack trace does.
 */
final class JavaThreads {
  /** Of the JVM itself, in its own code all the time. The first stack trace costs a millisecond. */
  private static final Set<String> JVMS =
      Set.of("Notification Thread", "Reference Handler", "Signal Dispatcher");

  private JavaThreads() {}

  /**
   * All but the current one and the JVM's own that are RUNNABLE, and carriers of virtual threads in
   * any state.
   */
  static List<Thread> running() {
    List<Thread> running = new ArrayList<>();
    for (Thread t : all()) {
      boolean isCarrier = t.getClass().getName().equals("jdk.internal.misc.CarrierThread");
      boolean mayBe = isCarrier || t.getState() == Thread.State.RUNNABLE;
      if (mayBe && t != Thread.currentThread() && !isJvms(t)) {
        running.add(t);
      }
    }
    return running;
  }

  private static boolean isJvms(Thread t) {
    ThreadGroup group = t.getThreadGroup();
    return group != null && group.getParent() == null && JVMS.contains(t.getName());
  }

  private static List<Thread> all() {
    ThreadGroup root = Thread.currentThread().getThreadGroup();
    while (root.getParent() != null) {
      root = root.getParent();
    }
    Thread[] threads = new Thread[64];
    int count = root.enumerate(threads);
    while (count == threads.length) { // those that do not fit are left out
      threads = new Thread[2 * threads.length];
      count = root.enumerate(threads);
    }
    return Arrays.asList(threads).subList(0, count);
  }

  /** Does a carrier's stack have a virtual thread's above this frame, which it does not show? */
  static boolean hidesVirtual(StackTraceElement frame) {
    return frame.getClassName().equals("jdk.internal.vm.Continuation");
  }
}
