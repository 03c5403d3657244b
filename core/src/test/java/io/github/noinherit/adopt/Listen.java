// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.adopt;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.noinherit.Handle;
import io.github.noinherit.Inherited;
import io.github.noinherit.testkit.DescriptorTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * NAME: a program that adopts a listener and serves one client in each way that a channel has: on a
 * platform thread, on a virtual thread, with a selector, and by the socket adaptor with a timeout.
 * It prints the kernel's flags in between.
 */
final class Listen {
  private static final int O_NONBLOCK = 04000;

  private Listen() {}

  public static void main(String[] arguments) throws Exception {
    try (ServerSocketChannel listener = Inherited.serverSocket(arguments[0]).orElseThrow()) {
      boolean isInternet = listener.getLocalAddress() instanceof InetSocketAddress;
      System.out.println(
          listener.getLocalAddress() instanceof InetSocketAddress a
              ? a.getPort()
              : listener.getLocalAddress());
      System.out.println("blocking " + listener.isBlocking() + ", " + kernel(listener));
      serve(listener.accept(), "platform");
      System.out.println(kernel(listener));

      listener.configureBlocking(false);
      try (Selector selector = Selector.open()) {
        listener.register(selector, SelectionKey.OP_ACCEPT);
        SocketChannel early = listener.accept();
        System.out.println("nobody yet " + (early == null));
        selector.select();
        serve(listener.accept(), "selector");
      }
      listener.configureBlocking(true);
      System.out.println("blocking " + listener.isBlocking() + ", " + kernel(listener));

      if (isInternet) {
        listener.socket().setSoTimeout(20_000);
        serve(listener.socket().accept().getChannel(), "adaptor");
        System.out.println(kernel(listener));
        listener.setOption(StandardSocketOptions.SO_RCVBUF, 8192);
        System.out.println(listener.getOption(StandardSocketOptions.SO_RCVBUF) >= 8192);
      }
      Thread virtual =
          Thread.startVirtualThread(
              () -> {
                try {
                  serve(listener.accept(), "virtual " + Thread.currentThread().isVirtual());
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      virtual.join();
      System.out.println(kernel(listener));
    }
  }

  /** Reads what the program prints. */
  interface Lines {
    String next() throws IOException;
  }

  /**
   * The client's side: asks in step with what the program prints.
   *
   * @param first how to connect for the first time
   * @param shared is the listener non-blocking for all who have it
   */
  static void check(Lines lines, SocketAddress address, SocketChannel first, boolean shared)
      throws IOException, InterruptedException {
    boolean isInternet = address instanceof InetSocketAddress;
    String mode = "3 " + (shared ? "does not wait" : "waits") + ", not inheritable";
    assertEquals("blocking true, " + mode, lines.next());
    Thread.sleep(50); // it waits meanwhile
    assertEquals("platform\n", read(first));
    assertEquals(mode, lines.next());
    assertEquals("nobody yet true", lines.next());
    assertEquals("selector\n", ask(address));
    assertEquals("blocking true, " + mode, lines.next());
    if (isInternet) {
      Thread.sleep(50);
      assertEquals("adaptor\n", ask(address));
      assertEquals(mode, lines.next());
      assertEquals("true", lines.next());
    }
    Thread.sleep(50);
    assertEquals("virtual true\n", ask(address));
    assertEquals("3 does not wait, not inheritable", lines.next());
  }

  private static String ask(SocketAddress server) throws IOException {
    return read(SocketChannel.open(server));
  }

  private static String read(SocketChannel connected) throws IOException {
    try (connected) {
      return new String(Channels.newInputStream(connected).readAllBytes(), US_ASCII);
    }
  }

  private static void serve(SocketChannel client, String text) throws IOException {
    try (client) {
      client.write(ByteBuffer.wrap((text + "\n").getBytes(US_ASCII)));
    }
  }

  private static String kernel(ServerSocketChannel listener) throws IOException {
    int number = (int) Handle.of(listener).number();
    var descriptor = DescriptorTable.ofThisProcess().get(number).orElseThrow();
    return number
        + ((descriptor.flags() & O_NONBLOCK) == 0 ? " waits" : " does not wait")
        + (descriptor.closeOnExec() ? ", not inheritable" : ", inheritable");
  }
}
