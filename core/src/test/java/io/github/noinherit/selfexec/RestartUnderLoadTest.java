// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.selfexec;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.SelfExec;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.Test;

/*
 * How this works. A server answers one line on each connection with its generation, one connection
 * after the other, and restarts itself in place when the line is "restart", with no connection
 * accepted and unanswered. Clients in Python, each a loop of connect, ask, read, count what goes
 * wrong: refused, reset, no answer. All that arrives while there is no JVM waits in the backlog.
 *
 * What passing does not prove: nothing is said about a server that has connections open when it
 * restarts; these end, and that is the server's to arrange.
 */
/** A server restarts itself under load, and no client notices. */
@Counted
@Needs(Need.PYTHON3)
final class RestartUnderLoadTest {
  private static final int RESTARTS = Integer.getInteger("noinherit.restarts", 6);
  private static final int CLIENTS = 8;

  private static final String LOAD =
      """
      import collections, socket, sys, threading, time
      port, clients = int(sys.argv[1]), int(sys.argv[2])
      stop, results, lock = threading.Event(), collections.Counter(), threading.Lock()
      def ask(text):
          with socket.create_connection(('127.0.0.1', port), 30) as s:
              s.sendall(text + b'\\n')
              data = b''
              while not data.endswith(b'\\n'):
                  got = s.recv(64)
                  if not got: return 'no answer'
                  data += got
              return data.decode().strip()
      def client():
          while not stop.is_set():
              try: result = ask(b'hello')
              except OSError as e: result = type(e).__name__
              with lock: results[result] += 1
      threads = [threading.Thread(target=client) for _ in range(clients)]
      for t in threads: t.start()
      for line in sys.stdin:
          answer = ask(line.strip().encode())
          while line == 'serve\\n' and not results[answer]:
              time.sleep(0.01)
          print(answer, flush=True)
      stop.set()
      for t in threads: t.join()
      print(' '.join('%s=%d' % r for r in sorted(results.items())), flush=True)
      """;

  /** The server. It says its port, and ends with its standard input. */
  static final class Server {
    public static void main(String[] arguments) throws IOException {
      ServerSocketChannel listener = RestartingProgram.givenListener("http");
      if (listener == null) {
        listener = ServerSocketChannel.open();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128);
        RestartingProgram.say("" + ((InetSocketAddress) listener.getLocalAddress()).getPort());
      }
      String generation = "" + RestartingProgram.generation();
      while (true) {
        String line;
        try (SocketChannel client = listener.accept()) {
          ByteBuffer buffer = ByteBuffer.allocate(64);
          while (buffer.position() == 0 || buffer.get(buffer.position() - 1) != '\n') {
            if (client.read(buffer) < 0) {
              throw new IOException("a client left without a line");
            }
          }
          line = new String(buffer.array(), 0, buffer.position() - 1, US_ASCII);
          client.write(ByteBuffer.wrap((generation + "\n").getBytes(US_ASCII)));
        }
        if (line.equals("restart")) {
          SelfExec.sameCommand()
              .pass("http", listener)
              .environment("GENERATION", "" + (RestartingProgram.generation() + 1))
              .restart();
        }
      }
    }
  }

  @Test
  void noClientIsRefusedAndNoneGoesWithoutAnAnswer() throws Exception {
    try (ChildJvm.Running server =
        ChildJvm.of(Server.class).flags(RestartingProgram.FLAGS).start()) {
      String port = server.readLine();
      Process load = new ProcessBuilder("python3", "-c", LOAD, port, "" + CLIENTS).start();
      try (BufferedReader answers = load.inputReader()) {
        serves(load, answers, 0, server);
        for (int i = 0; i < RESTARTS; i++) {
          load.outputWriter().write("restart\n");
          load.outputWriter().flush();
          assertEquals("" + i, answers.readLine(), server.err());
          serves(load, answers, i + 1, server);
          Thread.sleep(200); // and so for a while
        }
        load.getOutputStream().close();
        String results = answers.readLine();
        System.out.println(RESTARTS + " restarts: " + results);
        int generations = 0;
        for (String result : results.split(" ", -1)) {
          assertTrue(result.matches("[0-9]+=[0-9]+"), results);
          generations++;
        }
        assertEquals(RESTARTS + 1, generations, results);
      } finally {
        load.destroyForcibly().waitFor();
      }
    }
  }

  /** Waits until a client of the load has its answer from a generation. */
  private static void serves(
      Process load, BufferedReader answers, int generation, ChildJvm.Running server)
      throws IOException {
    load.outputWriter().write("serve\n");
    load.outputWriter().flush();
    assertEquals("" + generation, answers.readLine(), server.err());
  }
}
