// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.run;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;

/*
 * Signals that this process gets, told to a consumer instead of ending the JVM.
 *
 * sun.misc.Signal of module jdk.unsupported is the only way in Java. It is called by reflection, as
 * javac warns of every use of it and cannot be told not to. A signal that was ignored when the JVM
 * began stays ignored (nohup(1)); so it is in the child.
 *
 * Ctrl-C goes to every process in the terminal's foreground group, so to the child as well. To send it
 * on would make it two, and some programs take the second one for impatience. The handler cannot see
 * who sent a signal; so SIGINT is not sent on while this process is in the terminal's foreground.
 */
final class ForwardedSignals {
  /** Numbers of signals (asm-generic/signal.h). */
  static final int HUP = 1;

  static final int INT = 2;
  static final int USR1 = 10;

  private ForwardedSignals() {}

  /** From now on the consumer is told the number of each of these signals that arrives. */
  @SuppressWarnings("ReferenceEquality") // a handler is equal to itself only
  static void tell(List<String> names, IntConsumer consumer) throws IOException {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              ForwardedSignals.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) ->
                  switch (method.getName()) {
                    case "handle" -> {
                      consumer.accept((int) signal.getMethod("getNumber").invoke(arguments[0]));
                      yield null;
                    }
                    case "hashCode" -> System.identityHashCode(self);
                    case "equals" -> self == arguments[0];
                    default -> "the handler of noinherit run";
                  });
      for (String name : names) {
        Object one = signal.getConstructor(String.class).newInstance(name);
        signal.getMethod("handle", signal, handler).invoke(null, one, proxy);
      }
    } catch (InvocationTargetException e) {
      throw new IOException(
          "signals cannot be sent on to the child: "
              + e.getCause()
              + " (is the JVM run with -Xrs?)",
          e);
    } catch (ReflectiveOperationException e) {
      throw new IOException("signals cannot be sent on: this JVM has no jdk.unsupported", e);
    }
  }

  /**
   * Is this process in the foreground of its terminal? Fields 5 and 8 of proc(5), /proc/PID/stat.
   */
  static boolean isInForeground() throws IOException {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return fields[2].equals(fields[5]);
  }
}
