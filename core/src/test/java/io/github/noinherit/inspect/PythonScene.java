// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Processes of a python3 program, which says what it has made: lines {@code name=value}, then
 * {@code ready}. Each of its processes waits for the end of the standard input that all have, so
 * that none outlives this JVM.
 *
 * <p>The program can use {@code say(name, value)}, {@code child(f)}, which forks, calls f in the
 * child, and lets the child wait, and {@code gone(pid)}, which waits for a child that ends.
 */
final class PythonScene implements AutoCloseable {
  private static final String HEAD =
      """
      import os, socket, select, sys, time
      os.setsid()  # whoever loses its parent here is given to one in another session
      def say(name, value):
          os.write(1, f"{name}={value}\\n".encode())
      def stay():
          os.read(0, 1)
          os._exit(0)
      def child(f):
          pid = os.fork()
          if pid == 0:
              try:
                  f()
                  stay()
              finally:
                  os._exit(1)
          return pid
      def gone(pid):
          os.waitpid(pid, 0)
      """;
  private static final String END = "\nos.write(1, b'ready\\n')\nstay()\n";

  private final Process process;
  private final Map<String, String> said = new HashMap<>();

  private PythonScene(Process process) {
    this.process = process;
  }

  /** Starts it, and waits until all is made. */
  static PythonScene start(String program) throws IOException {
    Process process =
        new ProcessBuilder(List.of("python3", "-c", HEAD + program + END))
            .redirectError(Redirect.INHERIT)
            .start();
    PythonScene scene = new PythonScene(process);
    try {
      BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
      for (String line = out.readLine(); !"ready".equals(line); line = out.readLine()) {
        if (line == null) {
          throw new IOException("python3 said no 'ready', but " + scene.said);
        }
        int equals = line.indexOf('=');
        scene.said.put(line.substring(0, equals), line.substring(equals + 1));
      }
      return scene;
    } catch (IOException | RuntimeException e) {
      scene.close();
      throw e;
    }
  }

  /** What it said. */
  String get(String name) {
    String value = said.get(name);
    if (value == null) {
      throw new IllegalStateException("nothing was said of " + name + ", but " + said);
    }
    return value;
  }

  /** All that it said. */
  Map<String, String> all() {
    return Map.copyOf(said);
  }

  /** What it said, as a number. */
  long number(String name) {
    return Long.parseLong(get(name));
  }

  /** The program's own process. */
  long pid() {
    return process.pid();
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close(); // all its processes see the end, and exit
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.getInputStream().close();
  }
}
