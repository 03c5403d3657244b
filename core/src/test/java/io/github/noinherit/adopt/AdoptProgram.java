// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.adopt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.noinherit.Inherited;
import io.github.noinherit.NaiveChild;
import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.RawFlags;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.Channel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A program that adopts what its arguments say, one after the other, and prints what comes of each:
 * the channel's class, "nothing", or the exception.
 *
 * <pre>
 * serverSocket:NAME socket:NAME …   one of the methods of Inherited; with a number, by number
 * all                               what all() says
 * NAME=VALUE                        ({here} is the pid) changes the environment, as setenv(3) does; NAME= removes it
 * flags                             which of 3 to 9 are open, and whether they are inheritable
 * close                             closes the channel that was adopted last
 * elsewhere:METHOD:NAME             the same in another class loader
 * report:PATH                       prints to this file from now on
 * out:TEXT                          prints to standard output and error, wherever they go
 * race:NAME                         adopts a listener in 32 threads at once
 * careless:FOLDER                   the sockets from 3 to 9 of a child started by native code
 * ownJar                            adopts a jar that the JVM has open
 * byDefault, remove                 protection by default
 * </pre>
 */
final class AdoptProgram {
  private static PrintStream to = System.out;

  private AdoptProgram() {}

  public static void main(String[] arguments) throws Exception {
    Channel last = null;
    io.github.noinherit.Protection protection = null;
    for (String argument : arguments) {
      String[] words = argument.split(":", 3);
      switch (words[0]) {
        case "all" -> say(() -> "" + Inherited.all());
        case "flags" -> flags();
        case "close" -> last.close();
        case "report" -> to = new PrintStream(new FileOutputStream(words[1]), true, UTF_8);
        case "out" -> {
          System.out.println(words[1]);
          System.err.println(words[1]);
        }
        case "elsewhere" -> say(() -> elsewhere(words[1], words[2]));
        case "race" -> say(() -> race(words[1]));
        case "careless" -> careless(Path.of(words[1]));
        case "ownJar" -> say(() -> "" + adopt(Inherited.class, "file", "" + ownJar()));
        case "byDefault" -> protection = NoInherit.byDefault();
        case "remove" -> protection.remove();
        default -> {
          if (argument.contains("=")) {
            setenv(argument.replace("{here}", "" + ProcessHandle.current().pid()));
            break;
          }
          Channel[] made = new Channel[1];
          say(
              () -> {
                Optional<? extends Channel> adopted = adopt(Inherited.class, words[0], words[1]);
                adopted.ifPresent(c -> made[0] = c);
                return adopted.map(c -> c.getClass().getSimpleName()).orElse("nothing");
              });
          last = made[0] == null ? last : made[0];
        }
      }
    }
    to.flush();
  }

  private interface Call {
    String run() throws Exception;
  }

  private static void say(Call call) {
    String text;
    try {
      text = call.run();
    } catch (Exception e) {
      Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
      text = cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }
    to.println(text);
  }

  @SuppressWarnings("unchecked")
  private static Optional<? extends Channel> adopt(Class<?> inherited, String method, String what)
      throws ReflectiveOperationException {
    boolean isNumber = what.matches("-?[0-9]+");
    return (Optional<? extends Channel>)
        inherited
            .getMethod(method, isNumber ? int.class : String.class)
            .invoke(null, isNumber ? Integer.valueOf(what) : what);
  }

  private static String elsewhere(String method, String name) throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      urls.add(new File(entry).toURI().toURL());
    }
    try (URLClassLoader loader =
        new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
      Class<?> other = loader.loadClass(Inherited.class.getName());
      if (other == Inherited.class) {
        throw new IOException("the same class");
      }
      return adopt(other, method, name).isPresent() ? "adopted elsewhere" : "nothing elsewhere";
    }
  }

  private static void flags() {
    List<String> flags = new ArrayList<>();
    for (int fd = 3; fd < 10; fd++) {
      if (RawFlags.isOpen(fd) && isGiven(fd)) {
        flags.add(fd + (RawFlags.isCloseOnExec(fd) ? " not inheritable" : " inheritable"));
      }
    }
    to.println(String.join(", ", flags));
  }

  private static String race(String name) throws InterruptedException {
    AtomicInteger adopted = new AtomicInteger();
    CountDownLatch start = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      start.await();
                      adopted.addAndGet(Inherited.serverSocket(name).isPresent() ? 1 : 0);
                    } catch (IllegalStateException e) {
                      adopted.addAndGet(0); // another has it
                    } catch (IOException | InterruptedException e) {
                      adopted.addAndGet(1000);
                    }
                  }));
    }
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    return adopted + " of 32";
  }

  private static void careless(Path folder) throws IOException {
    List<String> sockets = new ArrayList<>();
    for (Descriptor d : NaiveChild.table(folder).descriptors().values()) {
      if (d.number() > 2 && d.number() < 10 && d.link().startsWith("socket:")) {
        sockets.add("" + d.number());
      }
    }
    to.println(String.join(", ", sockets));
  }

  private static int ownJar() throws Exception {
    Class.forName("org.junit.jupiter.api.Test"); // from a jar, which stays open
    for (int fd = 3; fd < 500; fd++) {
      if (new File("/proc/self/fd/" + fd).getCanonicalPath().endsWith(".jar")) {
        return fd;
      }
    }
    throw new IOException("no jar is open");
  }

  /** Not one of the JVM's own files. */
  private static boolean isGiven(int fd) {
    try {
      String link = new File("/proc/self/fd/" + fd).getCanonicalPath();
      return !link.startsWith(System.getProperty("java.home")) && !link.endsWith(".jar");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  // int setenv(const char *name, const char *value, int overwrite);
  // int unsetenv(const char *name);
  private static void setenv(String assignment) throws Exception {
    String name = assignment.substring(0, assignment.indexOf('='));
    String value = assignment.substring(name.length() + 1);
    Linker linker = Linker.nativeLinker();
    var address = ValueLayout.ADDRESS;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment n = arena.allocateFrom(name);
      if (value.isEmpty()) {
        MethodHandle unset =
            linker.downcallHandle(
                linker.defaultLookup().findOrThrow("unsetenv"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, address));
        if ((int) unset.invokeExact(n) != 0) {
          throw new IOException("unsetenv");
        }
        return;
      }
      MethodHandle set =
          linker.downcallHandle(
              linker.defaultLookup().findOrThrow("setenv"),
              FunctionDescriptor.of(ValueLayout.JAVA_INT, address, address, ValueLayout.JAVA_INT));
      if ((int) set.invokeExact(n, arena.allocateFrom(value), 1) != 0) {
        throw new IOException("setenv");
      }
    } catch (Throwable t) {
      throw new IOException("setenv " + name, t);
    }
  }
}
