// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.adopt;

import io.github.noinherit.testkit.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A parent that knows nothing of noinherit or Java: a Python program that opens what it is told,
 * puts it under the numbers it is told, sets the environment, and becomes the JVM by exec, as a
 * service manager's child does.
 *
 * <p>What it opens, each {@code NUMBER:KIND:…}, with {@code +nonblock} behind for O_NONBLOCK:
 *
 * <pre>
 * 3:listen:ADDRESS        a TCP listener on a free port     3:listen-unix:PATH
 * 3:connect:PORT          a connection to 127.0.0.1         3:connect-unix:PATH
 * 3:udp:PORT              a UDP socket; PORT 0: unconnected
 * 3:open:FLAGS:PATH       a file or FIFO                     3:pipe:TEXT     its reading end
 * 3:socket:FAMILY:TYPE    a socket that is just that         3:same:NUMBER   what is there already
 * NAME=VALUE              a variable; {pid} is its own
 * </pre>
 */
final class Giver {
  private static final String PROGRAM =
      """
      import fcntl, os, socket, sys
      above = []
      def up(fd):
          return fcntl.fcntl(fd, fcntl.F_DUPFD, 100)
      def keep(s):
          above.append(s)
          return s.fileno()
      def made(kind, rest):
          if kind == 'listen':
              family = socket.AF_INET6 if ':' in rest[0] else socket.AF_INET
              s = socket.socket(family); s.bind((rest[0], 0)); s.listen(8); return keep(s)
          if kind == 'listen-unix':
              s = socket.socket(socket.AF_UNIX); s.bind(rest[0]); s.listen(8); return keep(s)
          if kind == 'connect':
              return keep(socket.create_connection(('127.0.0.1', int(rest[0]))))
          if kind == 'connect-unix':
              s = socket.socket(socket.AF_UNIX); s.connect(rest[0]); return keep(s)
          if kind == 'udp':
              s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0))
              if rest[0] != '0': s.connect(('127.0.0.1', int(rest[0])))
              return keep(s)
          if kind == 'open':
              flags = 0
              for name in rest[0].split('|'): flags |= getattr(os, name)
              return os.open(rest[1], flags, 0o600)
          if kind == 'pipe':
              r, w = os.pipe(); os.write(w, rest[0].encode()); os.close(w); return r
          if kind == 'socket':
              return keep(socket.socket(getattr(socket, rest[0]), getattr(socket, rest[1])))
          raise Exception(kind)
      end = sys.argv.index('--')
      targets = {}
      for word in sys.argv[1:end]:
          if '=' in word and not word[0].isdigit():
              name, value = word.split('=', 1)
              os.environ[name] = value.replace('{pid}', str(os.getpid()))
              continue
          nonblock = word.endswith('+nonblock')
          number, kind, *rest = word.removesuffix('+nonblock').split(':', 2)
          rest = rest[0].split(':', 1) if kind in ('open', 'socket') else rest
          fd = targets[int(rest[0])] if kind == 'same' else up(made(kind, rest))
          if nonblock: os.set_blocking(fd, False)
          targets[int(number)] = fd
      for number, fd in targets.items():
          os.dup2(fd, number, inheritable=True)
      os.closerange(100, 200)
      os.execv(sys.argv[end + 1], sys.argv[end + 1:])
      """;

  private Giver() {}

  /** The command that becomes a JVM with what is given. */
  static List<String> command(List<String> given, ChildJvm jvm) {
    List<String> command = new ArrayList<>(List.of("python3", "-c", PROGRAM));
    command.addAll(given);
    command.add("--");
    command.addAll(jvm.command());
    return command;
  }

  /** Starts a JVM with what is given. */
  static Running start(List<String> given, ChildJvm jvm) throws IOException {
    return Running.start(command(given, jvm));
  }

  /** Runs a JVM with what is given to its end: what it printed. */
  static List<String> run(List<String> given, ChildJvm jvm)
      throws IOException, InterruptedException {
    try (Running running = start(given, jvm)) {
      return running.lines();
    }
  }

  /** A process that is ended when this is closed. */
  static final class Running implements AutoCloseable {
    private final Process process;
    private final Path err;
    private final BufferedReader out;

    private Running(Process process, Path err) {
      this.process = process;
      this.err = err;
      this.out = process.inputReader(StandardCharsets.UTF_8);
    }

    static Running start(List<String> command) throws IOException {
      Path err = Files.createTempFile("giver", ".err");
      ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
      builder.redirectInput(Redirect.from(Path.of("/dev/null").toFile()));
      List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS").forEach(builder.environment()::remove);
      Running running = new Running(builder.start(), err);
      Thread.startVirtualThread(running::endInAMinute);
      return running;
    }

    long pid() {
      return process.pid();
    }

    /** The next line that it prints. */
    String line() throws IOException {
      String line = out.readLine();
      if (line == null) {
        throw new IOException("it has ended; its standard error:\n" + Files.readString(err));
      }
      return line;
    }

    /** So that no test waits for ever. */
    private void endInAMinute() {
      try {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** What it prints until its end, which must be a good one. */
    List<String> lines() throws IOException, InterruptedException {
      List<String> lines = out.lines().toList();
      if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(lines + "\nits standard error:\n" + Files.readString(err));
      }
      return lines;
    }

    @Override
    public void close() throws IOException {
      List<ProcessHandle> descendants = process.descendants().toList();
      process.destroyForcibly();
      descendants.forEach(ProcessHandle::destroyForcibly);
      boolean interrupted = false;
      while (process.isAlive()) {
        try {
          process.waitFor();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      out.close();
      process.getErrorStream().close();
      process.getOutputStream().close();
      Files.deleteIfExists(err);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
