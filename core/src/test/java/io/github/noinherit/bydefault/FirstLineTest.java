// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.noinherit.NoInherit;
import io.github.noinherit.Protection;
import io.github.noinherit.testkit.ChildJvm;
import java.io.File;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Protection as the first that a program does, by whichever thread. The class path has folders
 * only, as in development: with a jar on it the JDK has used its file system before.
 */
@Tag("unprotected")
@Tag("every-jdk")
final class FirstLineTest {
  private static ChildJvm jvm(String scene) {
    Set<String> folders = new TreeSet<>();
    for (String entry :
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
            .split(File.pathSeparator, -1)) {
      if (new File(entry).isDirectory()) {
        folders.add(entry);
      }
    }
    return ChildJvm.of(Program.class)
        .classPath(String.join(File.pathSeparator, folders))
        .arguments(scene);
  }

  @Test
  void whatADirectoryOpensIsNonInheritable() throws Exception {
    assertEquals("all close-on-exec\n", jvm("directory").run().outOrThrow());
  }

  @Test
  void threadsOfAnyKindMayAsk() throws Exception {
    assertEquals("on, on, on\n", jvm("threads").run().outOrThrow());
  }

  /** The program. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) throws Exception {
      if (arguments[0].equals("directory")) {
        System.out.println(directory(NoInherit.byDefault()));
      } else {
        System.out.println(
            cleaner() + ", " + thread(new Answering()) + ", " + thread(new Refusing()));
      }
    }

    private static String directory(Protection protection) throws Exception {
      Path folder = Files.createTempDirectory("first-line");
      Path file = Files.writeString(folder.resolve("file"), "x");
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
        SecureDirectoryStream<Path> secure = (SecureDirectoryStream<Path>) stream;
        try (var channel =
            secure.newByteChannel(Path.of("file"), Set.of(StandardOpenOption.READ))) {
          Set<String> inheritable = new TreeSet<>();
          for (String fd : new File("/proc/self/fd").list()) {
            if (Integer.parseInt(fd) > 2 && !isCloseOnExec(fd)) {
              inheritable.add(fd + " " + Files.readSymbolicLink(Path.of("/proc/self/fd", fd)));
            }
          }
          return inheritable.isEmpty() && channel.isOpen() && protection.isOn()
              ? "all close-on-exec"
              : "inheritable: " + inheritable;
        }
      } finally {
        Files.delete(file);
        Files.delete(folder);
      }
    }

    /** By proc_pid_fdinfo(5), as the testkit may be in a jar; true of one that is closed. */
    private static boolean isCloseOnExec(String fd) throws IOException {
      try {
        for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo", fd))) {
          if (line.startsWith("flags:")) {
            return (Long.parseLong(line.substring("flags:".length()).strip(), 8) & 02000000) != 0;
          }
        }
        throw new AssertionError("no flags");
      } catch (NoSuchFileException e) {
        return true;
      }
    }

    /** On a cleaner's thread, which lets nobody set its context class loader. */
    private static String cleaner() throws Exception {
      String[] answer = {""};
      CountDownLatch done = new CountDownLatch(1);
      Cleaner.create()
          .register(
              new Object(),
              () -> {
                answer[0] = ask();
                done.countDown();
              });
      while (!done.await(20, TimeUnit.MILLISECONDS)) {
        System.gc();
      }
      return answer[0];
    }

    private static String thread(Asking thread) throws Exception {
      thread.start();
      thread.join();
      return thread.answer;
    }

    private static String ask() {
      try {
        Protection p = NoInherit.byDefault();
        String answer = p.isOn() ? "on" : "off";
        p.remove();
        return answer;
      } catch (Exception e) {
        return e.toString();
      }
    }

    private static class Asking extends Thread {
      String answer = "";

      @Override
      public void run() {
        answer = ask();
      }
    }

    private static final class Answering extends Asking {
      @Override
      public ClassLoader getContextClassLoader() {
        return ClassLoader.getPlatformClassLoader();
      }
    }

    private static final class Refusing extends Asking {
      @Override
      public void setContextClassLoader(@Nullable ClassLoader loader) {
        if (loader != null) {
          throw new SecurityException("not here");
        }
      }
    }
  }
}
