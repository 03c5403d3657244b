// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A client of the server: one attempt to connect over loopback, and what came of it. */
final class Client implements Closeable {
  /** What became of the attempt to connect. */
  enum State {
    CONNECTED,
    REFUSED,
    STILL_WAITING
  }

  /** What a client hears. */
  sealed interface Heard {
    /** A line of text. */
    record Text(String text) implements Heard {}

    /** The other side closed the connection. */
    record End() implements Heard {}

    /** Nothing in the time given. */
    record Silence() implements Heard {}
  }

  private final SocketChannel channel;
  private final int localPort;
  private final State state;

  private Client(SocketChannel channel, int localPort, State state) {
    this.channel = channel;
    this.localPort = localPort;
    this.state = state;
  }

  static Client connect(int port, Duration limit) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    SocketChannel channel = SocketChannel.open();
    try {
      channel.configureBlocking(false);
      channel.bind(new InetSocketAddress(loopback, 0)); // so that its port is known while it waits
      int localPort = ((InetSocketAddress) channel.getLocalAddress()).getPort();
      State state;
      try {
        boolean done =
            channel.connect(new InetSocketAddress(loopback, port))
                || Wait.until(limit, channel::finishConnect);
        state = done ? State.CONNECTED : State.STILL_WAITING;
      } catch (ConnectException refused) {
        state = State.REFUSED;
      }
      return new Client(channel, localPort, state);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  State state() {
    return state;
  }

  int localPort() {
    return localPort;
  }

  /** Waits for a line, or for the end of the connection. */
  Heard listen(Duration limit) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(200);
    int[] last = {0};
    boolean over =
        Wait.until(
            limit,
            () -> {
              last[0] = channel.read(buffer);
              return last[0] < 0
                  || (buffer.position() > 0 && buffer.get(buffer.position() - 1) == '\n');
            });
    if (buffer.position() > 0) {
      return new Heard.Text(
          new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8).strip());
    }
    return over ? new Heard.End() : new Heard.Silence();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
