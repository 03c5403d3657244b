// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.channels.SocketChannel;

/** What the small servers say to a client, and what your own server is to be put in place of. */
public final class Answer {
  private static final int PATIENCE_MILLIS = 10_000;

  private Answer() {}

  /**
   * Reads one HTTP request and answers it with who we are and our pid. A client that is lost is
   * told of on standard error.
   *
   * @param client a connection, which is closed then
   * @param who we are
   */
  public static void to(SocketChannel client, String who) {
    try (client) {
      Socket socket = client.socket();
      socket.setSoTimeout(PATIENCE_MILLIS);
      var request = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
      String line = request.readLine();
      while (line != null && !line.isEmpty()) {
        line = request.readLine();
      }
      String head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n";
      String body = who + " " + ProcessHandle.current().pid() + "\n";
      socket.getOutputStream().write((head + body).getBytes(US_ASCII));
    } catch (IOException e) {
      System.err.println("a client is lost: " + e.getMessage());
    }
  }
}
