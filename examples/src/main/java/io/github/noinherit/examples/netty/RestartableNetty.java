// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples.netty;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.noinherit.Inherited;
import io.github.noinherit.NoInherit;
import io.github.noinherit.SelfExec;
import io.github.noinherit.ServiceManager;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/*
 * A Netty server that restarts in place, and no client is refused, reset or left without an answer.
 *
 *   1. The listener was given to us by our former self (or by systemd), or we open it. Netty serves it.
 *   2. Somebody touches a file. A file needs no port of its own, and its permissions say who may restart.
 *      It may be the program's jar: then a new version is taken up when it is renamed over the old one.
 *   3. Netty stops accepting. The listener stays open: clients that come now wait in its backlog.
 *   4. What was accepted gets its answer, with "Connection: close" on it, and is closed.
 *   5. We become our own program anew, with the listener, and go on at 1.
 *
 * Netty's shutdownGracefully is not used: it closes the listener, and what is accepted.
 *
 * This is for HTTP/1.1. Longer-lived things (WebSocket, HTTP/2) want a goodbye of their own.
 */
/** {@code RestartableNetty PORT FILE}: restarts when FILE is touched. */
public final class RestartableNetty {
  private static final System.Logger LOG = System.getLogger(RestartableNetty.class.getName());

  /** So many clients may wait until the new program accepts them; net.core.somaxconn at most. */
  private static final int BACKLOG = 1024;

  /** So long a kept connection may ask once more, before it is closed. */
  private static final int LAST_CALL_SECONDS = 1;

  /** So long a connection that has not asked yet may take for it: its request is on its way. */
  private static final int FIRST_REQUEST_SECONDS = 5;

  /** What takes longer than this is cut off. */
  private static final int LIMIT_SECONDS = 30;

  private static volatile boolean draining;

  private RestartableNetty() {}

  /** The program. */
  public static void main(String[] arguments) throws Exception {
    Path trigger = Path.of(arguments[1]);
    long touched = trigger.toFile().lastModified();

    ServerSocketChannel given = Inherited.serverSocket("http").orElse(null);
    ServerSocketChannel listener = given == null ? NoInherit.openServerSocketChannel() : given;
    if (given == null) {
      listener.bind(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])),
          BACKLOG);
    }

    String text = "pid %d, up since %s%n".formatted(ProcessHandle.current().pid(), Instant.now());
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
    ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    Channel server =
        new ServerBootstrap()
            .group(group)
            .channelFactory(() -> new NioServerSocketChannel(listener))
            .handler(new Accepted(connections))
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            new HttpServerCodec(),
                            new HttpServerKeepAliveHandler(),
                            new Hello(text));
                  }
                })
            .register() // and not bind: it is bound
            .sync()
            .channel();
    ServiceManager.ready();
    System.out.println("listening on " + listener.getLocalAddress());

    while (true) {
      touched = awaitTouch(trigger, touched);
      draining = true;
      server.deregister().sync(); // from now on nothing is accepted
      drain(connections);
      try {
        SelfExec.sameCommand().pass("http", listener).restart();
      } catch (IOException | RuntimeException e) { // it does not happen, and we go on
        LOG.log(Level.ERROR, "the restart does not happen, the old program goes on", e);
        draining = false;
        group.register(server).sync();
      }
    }
  }

  /** Waits until the file has another time than before; while it is missing, it has none. */
  private static long awaitTouch(Path file, long before) throws InterruptedException {
    while (true) {
      long now = file.toFile().lastModified();
      if (now != 0 && now != before) {
        return now;
      }
      Thread.sleep(50);
    }
  }

  /** Returns when everything that was accepted is answered and closed. */
  private static void drain(ChannelGroup connections) throws InterruptedException {
    Future<Void> closed = connections.newCloseFuture();
    if (!closed.await(LAST_CALL_SECONDS, TimeUnit.SECONDS)) {
      connections.forEach(c -> c.pipeline().fireUserEventTriggered(Hello.State.BETWEEN));
    }
    if (!closed.await(FIRST_REQUEST_SECONDS - LAST_CALL_SECONDS, TimeUnit.SECONDS)) {
      connections.forEach(c -> c.pipeline().fireUserEventTriggered(Hello.State.NEW));
    }
    closed.await(LIMIT_SECONDS - FIRST_REQUEST_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Notes a connection in the moment that it is accepted. Its own pipeline comes to life later, in
   * another thread: what is noted there might be noted too late.
   */
  private static final class Accepted extends ChannelInboundHandlerAdapter {
    private final ChannelGroup connections;

    Accepted(ChannelGroup connections) {
      this.connections = connections;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object connection) {
      connections.add((Channel) connection);
      context.fireChannelRead(connection);
    }
  }

  /** Whatever your server does; and, while it drains, the last answer on a connection says so. */
  private static final class Hello extends SimpleChannelInboundHandler<HttpObject> {
    private enum State {
      NEW,
      ASKING,
      BETWEEN
    }

    private final String text;
    private State state = State.NEW;

    Hello(String text) {
      this.text = text;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
      state = State.ASKING;
      if (part instanceof LastHttpContent) {
        var answer =
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.copiedBuffer(text, UTF_8));
        HttpUtil.setContentLength(answer, answer.content().readableBytes());
        HttpUtil.setKeepAlive(answer, !draining); // HttpServerKeepAliveHandler closes
        context.writeAndFlush(answer).addListener(_ -> state = State.BETWEEN);
      }
    }

    /** The call to all connections in one state: their time is over. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event == state) {
        var _ = context.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      if (!(cause instanceof IOException)) { // which says that the client has gone
        LOG.log(Level.ERROR, "a connection is closed", cause);
      }
      var _ = context.close();
    }
  }
}
