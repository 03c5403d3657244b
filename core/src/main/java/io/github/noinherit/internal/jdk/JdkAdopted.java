// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import static io.github.noinherit.internal.jdk.JdkChannels.made;
import static io.github.noinherit.internal.jdk.JdkChannels.provider;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/*
 * From a descriptor that somebody else has opened to a channel of the JDK's own class. As
 * JdkChannels, but the socket is bound, listens or is connected already.
 *
 * The blocking mode (O_NONBLOCK) is one for all who have the open file description. A new channel
 * believes that its own is blocking. If it is not, the channel is told so in the way in which the
 * JDK itself remembers that a virtual thread has switched it (the field forcedNonBlocking of each of
 * its selectable channels): a blocking call then waits by poll(2) when there is nothing, and
 * configureBlocking changes what the channel does and leaves the description as it is. So the channel
 * does what isBlocking() says, and whoever shares the description does not have its mode switched
 * under it.
 *
 * The channel owns the descriptor from the moment on that a method here returns. If it throws, the
 * caller still does.
 */
public final class JdkAdopted {
  private static final String DATAGRAM = "sun.nio.ch.DatagramChannelImpl";
  private static final PrivateField DATAGRAM_STATE = new PrivateField(DATAGRAM, "state");
  private static final PrivateField DATAGRAM_CONNECTED = new PrivateField(DATAGRAM, "ST_CONNECTED");
  private static final PrivateField DATAGRAM_REMOTE = new PrivateField(DATAGRAM, "remoteAddress");
  private static final PrivateField DATAGRAM_LOCAL = new PrivateField(DATAGRAM, "localAddress");

  /** To which disconnect() goes back. */
  private static final PrivateField DATAGRAM_INITIAL =
      new PrivateField(DATAGRAM, "initialLocalAddress");

  private JdkAdopted() {}

  /** A ServerSocketChannel over a socket that listens. */
  public static ServerSocketChannel serverSocket(int fd, ProtocolFamily family, boolean nonBlocking)
      throws IOException {
    ServerSocketChannel channel =
        (ServerSocketChannel)
            made(
                JdkChannels.NEW_SERVER.call(
                    null, provider(), family, Descriptors.withNumber(fd), true));
    JdkChannels.SERVER_FAMILY.set(channel, family);
    return inMode(channel, nonBlocking);
  }

  /** A SocketChannel over a socket that is connected. */
  public static SocketChannel socket(
      int fd, ProtocolFamily family, SocketAddress peer, boolean nonBlocking) throws IOException {
    return inMode(
        (SocketChannel)
            made(
                JdkChannels.NEW_SOCKET.call(
                    null, provider(), family, Descriptors.withNumber(fd), peer)),
        nonBlocking);
  }

  /** A DatagramChannel over an Internet socket; {@code peer} is null if it is not connected. */
  public static DatagramChannel datagram(
      int fd, ProtocolFamily family, @Nullable SocketAddress peer, boolean nonBlocking)
      throws IOException {
    DatagramChannel channel =
        (DatagramChannel)
            made(JdkChannels.NEW_DATAGRAM.call(null, provider(), Descriptors.withNumber(fd)));
    JdkChannels.DATAGRAM_FAMILY.set(channel, family);
    if (peer != null) {
      DATAGRAM_INITIAL.set(channel, DATAGRAM_LOCAL.get(channel));
      DATAGRAM_REMOTE.set(channel, peer);
      DATAGRAM_STATE.set(channel, DATAGRAM_CONNECTED.get(null));
    }
    return inMode(channel, nonBlocking);
  }

  /** The reading end of a pipe. */
  public static Pipe.SourceChannel source(int fd, boolean nonBlocking) throws IOException {
    return inMode(JdkChannels.source(fd), nonBlocking);
  }

  /** The writing end of a pipe. */
  public static Pipe.SinkChannel sink(int fd, boolean nonBlocking) throws IOException {
    return inMode(JdkChannels.sink(fd), nonBlocking);
  }

  private static <C extends SelectableChannel> C inMode(C channel, boolean nonBlocking) {
    if (nonBlocking) {
      String type = Objects.requireNonNull(channel).getClass().getName();
      new PrivateField(type, "forcedNonBlocking").set(channel, true);
    }
    return channel;
  }
}
