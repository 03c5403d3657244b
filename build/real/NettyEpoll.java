// SPDX-License-Identifier: Apache-2.0

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.Version;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Netty's native transport: a server that echoes, and a client of it. */
final class NettyEpoll {
  private NettyEpoll() {}

  public static void main(String[] arguments) throws Exception {
    var group = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
    var heard = new CompletableFuture<String>();
    Channel listener =
        new ServerBootstrap()
            .group(group)
            .channel(EpollServerSocketChannel.class)
            .childHandler(initialised(new Echo()))
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
    int port = ((InetSocketAddress) listener.localAddress()).getPort();
    Channel client =
        new Bootstrap()
            .group(group)
            .channel(EpollSocketChannel.class)
            .handler(initialised(new Listener(heard)))
            .connect("127.0.0.1", port)
            .sync()
            .channel();
    client.writeAndFlush(Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8)).sync();
    System.out.println(
        "Netty " + Version.identify().get("netty-transport").artifactVersion() + ", epoll");
    System.out.println("echo: " + heard.get(20, TimeUnit.SECONDS));
    Sockets.report(port);
    client.close().sync();
    listener.close().sync();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
  }

  private static ChannelInitializer<Channel> initialised(ChannelInboundHandlerAdapter handler) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.pipeline().addLast(handler);
      }
    };
  }

  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      context.writeAndFlush(message);
    }
  }

  private static final class Listener extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<String> heard;

    Listener(CompletableFuture<String> heard) {
      this.heard = heard;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      heard.complete(((io.netty.buffer.ByteBuf) message).toString(StandardCharsets.UTF_8));
    }
  }
}
