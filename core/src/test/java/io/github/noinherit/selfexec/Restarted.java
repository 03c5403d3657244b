// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.selfexec;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.noinherit.testkit.ChildJvm;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * The test's side of {@link RestartingProgram}, and the witness: a Python program that reads /proc.
 */
record Restarted(ChildJvm.Running jvm) implements AutoCloseable {
  /**
   * What a process has: descriptors with what they name and their flags, and what must not change.
   */
  private static final String WITNESS =
      """
      import os, sys
      pid, what = sys.argv[1:3]
      p = '/proc/' + pid + '/'
      if what == 'fds':
          for fd in sorted(map(int, os.listdir(p + 'fd'))):
              try:
                  flags = [l.split()[1] for l in open(p + 'fdinfo/%d' % fd) if l.startswith('flags')]
                  print(fd, os.readlink(p + 'fd/%d' % fd), int(flags[0], 8) >> 19 & 1)
              except FileNotFoundError: pass
      elif what == 'start':
          print(open(p + 'stat').read().rsplit(')', 1)[1].split()[19])
      elif what == 'status':
          print([l.split()[1] for l in open(p + 'status') if l.startswith(sys.argv[3] + ':')][0])
      elif what == 'zombies':
          n = 0
          for q in filter(str.isdigit, os.listdir('/proc')):
              try: s = open('/proc/' + q + '/stat').read().rsplit(')', 1)[1].split()
              except OSError: continue
              n += s[1] == pid and s[0] == 'Z'
          print(n)
      """;

  static Restarted start(ChildJvm jvm) throws IOException {
    Restarted r = new Restarted(jvm.start());
    try {
      r.awaitUp(0);
      return r;
    } catch (IOException | RuntimeException | Error e) {
      r.close();
      throw e;
    }
  }

  /** What the program says first, of this generation. */
  String awaitUp(int generation) throws IOException {
    String line = jvm.readLine();
    if (!line.startsWith("up " + generation + " ")) {
      throw new IOException(line + "\n" + jvm.err());
    }
    return line.substring(("up " + generation + " ").length());
  }

  /** Sends a line and returns the answer. */
  String ask(String line) throws IOException {
    tell(line);
    return jvm.readLine();
  }

  void tell(String line) throws IOException {
    OutputStream out = jvm.process().getOutputStream();
    out.write((line + "\n").getBytes(US_ASCII));
    out.flush();
  }

  /** What Python sees of the process. */
  String seen(String... what) throws IOException, InterruptedException {
    List<String> arguments = new java.util.ArrayList<>(List.of("" + jvm.pid()));
    arguments.addAll(List.of(what));
    return python(WITNESS, arguments);
  }

  static String python(String program, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new java.util.ArrayList<>(List.of("python3", "-c", program));
    command.addAll(arguments);
    Process python = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(python.getInputStream().readAllBytes(), US_ASCII).strip();
    if (python.waitFor() != 0) {
      throw new AssertionError(text);
    }
    return text;
  }

  @Override
  public void close() throws IOException {
    jvm.close();
  }
}
