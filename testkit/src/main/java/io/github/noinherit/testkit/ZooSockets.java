// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static io.github.noinherit.testkit.Zoo.holder;
import static io.github.noinherit.testkit.Zoo.internal;

import java.net.DatagramSocket;
import java.net.MulticastSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSocketFactory;

/** Sockets of every family and API, on the loopback address and free ports only. */
final class ZooSockets {
  private ZooSockets() {}

  static List<Species> species() {
    return List.of(
        holder("Socket", ZooSockets::socket),
        holder("Socket bound", pen -> () -> bound()),
        holder("ServerSocket", pen -> () -> new ServerSocket(0, 5, Pen.loopback())),
        holder("Socket accepted", ZooSockets::acceptedSocket),
        holder("DatagramSocket", pen -> () -> new DatagramSocket(Pen.anyPort())),
        holder("MulticastSocket", pen -> () -> new MulticastSocket(Pen.anyPort())),
        holder("SocketChannel", pen -> () -> SocketChannel.open()),
        holder("SocketChannel IPv4", pen -> () -> SocketChannel.open(StandardProtocolFamily.INET)),
        holder("SocketChannel connected", ZooSockets::connectedChannel),
        holder("SocketChannel.socket", pen -> () -> pen.keep(SocketChannel.open()).socket()),
        holder("ServerSocketChannel", pen -> () -> ServerSocketChannel.open()),
        holder(
            "ServerSocketChannel IPv4",
            pen -> () -> ServerSocketChannel.open(StandardProtocolFamily.INET)),
        holder(
            "ServerSocketChannel.socket",
            pen -> () -> pen.keep(ServerSocketChannel.open()).socket()),
        holder("SocketChannel accepted", ZooSockets::acceptedChannel),
        holder("Socket accepted by adaptor", ZooSockets::acceptedByAdaptor),
        holder("DatagramChannel", pen -> () -> DatagramChannel.open()),
        holder(
            "DatagramChannel IPv4", pen -> () -> DatagramChannel.open(StandardProtocolFamily.INET)),
        holder("DatagramChannel.socket", pen -> () -> pen.keep(DatagramChannel.open()).socket()),
        holder(
            "Unix ServerSocketChannel",
            pen -> () -> ServerSocketChannel.open(StandardProtocolFamily.UNIX)),
        holder("Unix SocketChannel", pen -> () -> SocketChannel.open(StandardProtocolFamily.UNIX)),
        holder("Unix SocketChannel connected", ZooSockets::unixClient),
        holder("Unix SocketChannel accepted", ZooSockets::unixAccepted),
        holder(
            "AsynchronousServerSocketChannel", pen -> () -> AsynchronousServerSocketChannel.open()),
        holder("AsynchronousSocketChannel", pen -> () -> AsynchronousSocketChannel.open()),
        holder("AsynchronousSocketChannel accepted", ZooSockets::asynchronousAccepted),
        holder("SSLSocket", ZooSockets::sslSocket),
        holder(
            "SSLServerSocket",
            pen ->
                () -> SSLServerSocketFactory.getDefault().createServerSocket(0, 5, Pen.loopback())),
        // One that is layered over another socket has no descriptor of its own; the handle to ask
        // for is that of the socket below.
        internal("SSLSocket layered", "java.base", ZooSockets::layered));
  }

  private static Socket bound() throws Exception {
    Socket socket = new Socket();
    socket.bind(Pen.anyPort());
    return socket;
  }

  private static Species.Creation socket(Pen pen) throws Exception {
    int port = pen.listener().socket().getLocalPort();
    return () -> new Socket(Pen.loopback(), port);
  }

  private static Species.Creation acceptedSocket(Pen pen) throws Exception {
    ServerSocket listener = pen.keep(new ServerSocket(0, 5, Pen.loopback()));
    pen.keep(new Socket(Pen.loopback(), listener.getLocalPort()));
    return listener::accept;
  }

  private static Species.Creation connectedChannel(Pen pen) throws Exception {
    var address = pen.listener().getLocalAddress();
    return () -> SocketChannel.open(address);
  }

  private static Species.Creation acceptedChannel(Pen pen) throws Exception {
    return pen.listenerWithClient()::accept;
  }

  private static Species.Creation acceptedByAdaptor(Pen pen) throws Exception {
    return pen.listenerWithClient().socket()::accept;
  }

  private static ServerSocketChannel unixListener(Pen pen) throws Exception {
    return pen.keep(ServerSocketChannel.open(StandardProtocolFamily.UNIX))
        .bind(UnixDomainSocketAddress.of(pen.folder().resolve("socket")));
  }

  private static Species.Creation unixClient(Pen pen) throws Exception {
    var address = unixListener(pen).getLocalAddress();
    return () -> SocketChannel.open(address);
  }

  private static Species.Creation unixAccepted(Pen pen) throws Exception {
    ServerSocketChannel listener = unixListener(pen);
    pen.keep(SocketChannel.open(listener.getLocalAddress()));
    return listener::accept;
  }

  private static Species.Creation asynchronousAccepted(Pen pen) throws Exception {
    AsynchronousServerSocketChannel listener =
        pen.keep(AsynchronousServerSocketChannel.open()).bind(Pen.anyPort());
    pen.keep(SocketChannel.open(listener.getLocalAddress()));
    return () -> listener.accept().get();
  }

  private static Species.Creation sslSocket(Pen pen) throws Exception {
    int port = pen.listener().socket().getLocalPort();
    return () -> SSLSocketFactory.getDefault().createSocket(Pen.loopback(), port);
  }

  private static Species.Creation layered(Pen pen) throws Exception {
    int port = pen.listener().socket().getLocalPort();
    SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    return () ->
        factory.createSocket(pen.keep(new Socket(Pen.loopback(), port)), "localhost", port, true);
  }
}
