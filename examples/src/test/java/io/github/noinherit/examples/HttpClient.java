// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Locale;
import java.util.Optional;

/**
 * One HTTP/1.1 connection. It hides nothing: it never connects anew, and tells an answer that did
 * not begin from one that was cut.
 */
final class HttpClient implements Closeable {
  private static final int TIMEOUT_MILLISECONDS = 30_000;

  private final Socket socket = new Socket();
  private final InputStream in;

  /** Connects. */
  HttpClient(int port) throws IOException {
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(TIMEOUT_MILLISECONDS);
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLISECONDS);
      in = new BufferedInputStream(socket.getInputStream());
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Sends a part of a request, which {@link #finish} completes. */
  void begin() {
    send("GET / HTTP/1.1\r\nHost: loc");
  }

  /**
   * Sends the rest of it, and receives the answer. The connection is closed when there is none, or
   * when it is the last.
   *
   * @param last is the server asked to close the connection
   * @return empty if the connection had ended, or was reset, before an answer began
   * @throws IOException if no answer comes in time, it is cut, or it is not a 200
   */
  Optional<String> finish(boolean last) throws IOException {
    boolean isKept = false;
    try {
      int first = -1;
      if (send(last ? "alhost\r\nConnection: close\r\n\r\n" : "alhost\r\n\r\n")) {
        first = firstByte();
      }
      if (first < 0) {
        return Optional.empty();
      }
      String status = (char) first + line();
      int length = -1;
      boolean isLast = false;
      for (String line = line(); !line.isEmpty(); line = line()) {
        String header = line.toLowerCase(Locale.ROOT);
        if (header.startsWith("content-length:")) {
          length = Integer.parseInt(header.substring(header.indexOf(':') + 1).strip());
        }
        isLast |= header.equals("connection: close");
      }
      byte[] body = in.readNBytes(Math.max(length, 0));
      if (!status.startsWith("HTTP/1.1 200 ") || body.length != length) {
        throw new IOException(status + ", " + body.length + " of " + length + " bytes");
      }
      isKept = !isLast;
      return Optional.of(new String(body, ISO_8859_1).strip());
    } finally {
      if (!isKept) {
        socket.close();
      }
    }
  }

  /** A request and its answer, as {@link #finish}. */
  Optional<String> ask(boolean last) throws IOException {
    begin();
    return finish(last);
  }

  /** Can it be asked again. */
  boolean isOpen() {
    return !socket.isClosed();
  }

  /** False if the connection is no more: a write after a reset. */
  private boolean send(String text) {
    try {
      socket.getOutputStream().write(text.getBytes(ISO_8859_1));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** -1 if there is none: an end, or a reset. */
  private int firstByte() throws SocketTimeoutException {
    try {
      return in.read();
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return -1;
    }
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    int c = in.read();
    for (; c >= 0 && c != '\n'; c = in.read()) {
      line.append((char) c);
    }
    if (c < 0) {
      throw new IOException("the answer is cut: " + line);
    }
    return line.toString().strip();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
