// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** Plain sockets on the loopback interface, which know nothing of noinherit. */
public final class Client {
  private static final int PATIENCE_MILLIS = 30_000;

  private Client() {}

  /** A port that is free now. */
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Can somebody listen there? Fails with what the kernel says if not. */
  public static void assertIsFree(int port) throws IOException {
    new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
  }

  /** Can somebody listen there? */
  public static boolean isFree(int port) {
    try {
      assertIsFree(port);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** A connection; {@link ConnectException} if it is refused. */
  public static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  /** The first connection to an example that is just starting. */
  public static Socket connectPatiently(Example to, int port)
      throws IOException, InterruptedException {
    for (int i = 0; ; i++) {
      try {
        return connect(port);
      } catch (ConnectException e) {
        if (i == 1000 || !to.isAlive()) {
          throw new IOException("it does not listen; it says: " + to.err(), e);
        }
        Thread.sleep(20);
      }
    }
  }

  /**
   * Waits until somebody has accepted a connection: its other end is then somebody's file, and has
   * an inode (/proc/net/tcp and tcp6, of which the tenth column is it).
   */
  public static void awaitAccepted(Socket connected) throws IOException, InterruptedException {
    String ends = ":%04X .*:%04X ".formatted(connected.getPort(), connected.getLocalPort());
    Pattern otherEnd = Pattern.compile("\\s*\\d+: [0-9A-F]+" + ends + ".*");
    for (int i = 0; i < 1000; i++) {
      for (String table : List.of("tcp", "tcp6")) {
        for (String line : Files.readAllLines(Path.of("/proc/net", table))) {
          String[] columns = line.strip().split(" +", -1);
          if (otherEnd.matcher(line).matches() && !columns[9].equals("0")) {
            return;
          }
        }
      }
      Thread.sleep(10);
    }
    throw new IOException("nobody accepts the connection from port " + connected.getLocalPort());
  }

  /** One HTTP request over a connection: the answer's body, at the end of which it ends. */
  public static String ask(Socket connected) throws IOException {
    try (connected) {
      connected.getOutputStream().write("GET / HTTP/1.1\r\nHost: here\r\n\r\n".getBytes(US_ASCII));
      return body(connected);
    }
  }

  /** The body of an answer, to its end. */
  public static String body(Socket connected) throws IOException {
    String answer = new String(connected.getInputStream().readAllBytes(), US_ASCII);
    int body = answer.indexOf("\r\n\r\n");
    if (body < 0) {
      throw new IOException("no answer: \"" + answer + '"');
    }
    return answer.substring(body + 4).strip();
  }

  /** The pid at the end of an answer. */
  public static long pid(String answer) {
    return Long.parseLong(answer.substring(answer.lastIndexOf(' ') + 1));
  }
}
