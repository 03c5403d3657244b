// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.adopt;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.noinherit.Inherited;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;

/** Adopts one channel, of the name "x", and uses it; prints what comes of it. */
final class Talk {
  private Talk() {}

  /** Copies what it reads back, one message on each kind of thread. */
  static final class Connection {
    public static void main(String[] arguments) throws Exception {
      try (SocketChannel channel = Inherited.socket("x").orElseThrow()) {
        System.out.println(channel.isConnected() + " " + channel.isBlocking());
        System.out.println(channel.getRemoteAddress());
        System.out.println(channel.getLocalAddress());
        String first = read(channel);
        write(channel, "1 " + first);
        onVirtualThread(() -> write(channel, "2 " + read(channel)));
        write(channel, "3 " + selectAndRead(channel));
        channel.shutdownOutput();
        System.out.println("end " + read(channel));
      }
    }
  }

  /** Answers datagrams; a connected one is disconnected in the end, and keeps its port. */
  static final class Datagrams {
    public static void main(String[] arguments) throws Exception {
      try (DatagramChannel channel = Inherited.datagram("x").orElseThrow()) {
        System.out.println(((java.net.InetSocketAddress) channel.getLocalAddress()).getPort());
        System.out.println(channel.isConnected() + " " + channel.isBlocking());
        ByteBuffer buffer = ByteBuffer.allocate(100);
        if (channel.isConnected()) {
          System.out.println(channel.getRemoteAddress());
          write(channel, "connected");
          write(channel, "1 " + read(channel));
          onVirtualThread(() -> write(channel, "2 " + read(channel)));
          channel.disconnect();
          System.out.println(channel.isConnected() + " " + channel.getRemoteAddress());
          System.out.println(((java.net.InetSocketAddress) channel.getLocalAddress()).getPort());
        } else {
          var sender = channel.receive(buffer);
          channel.send(ByteBuffer.wrap(("1 " + text(buffer)).getBytes(US_ASCII)), sender);
          onVirtualThread(
              () -> {
                ByteBuffer more = ByteBuffer.allocate(100);
                var from = channel.receive(more);
                channel.send(ByteBuffer.wrap(("2 " + text(more)).getBytes(US_ASCII)), from);
              });
          channel.configureBlocking(false);
          System.out.println("nothing more " + (channel.receive(buffer.clear()) == null));
        }
      }
    }
  }

  /** Reads "1", "2" and "3" from a pipe, each in another way. */
  static final class Source {
    public static void main(String[] arguments) throws Exception {
      try (var channel = Inherited.source("x").orElseThrow()) {
        System.out.println(read(channel));
        onVirtualThread(() -> System.out.println(read(channel)));
        System.out.println(selectAndRead(channel));
        channel.configureBlocking(true);
        System.out.println("end " + read(channel));
      }
    }
  }

  /** Writes "1", "2" and "3" to a pipe, each in another way. */
  static final class Sink {
    public static void main(String[] arguments) throws Exception {
      try (var channel = Inherited.sink("x").orElseThrow()) {
        write(channel, "1");
        onVirtualThread(() -> write(channel, "2"));
        channel.configureBlocking(false);
        try (Selector selector = Selector.open()) {
          channel.register(selector, SelectionKey.OP_WRITE);
          selector.select();
        }
        write(channel, "3");
      }
    }
  }

  /** Reads, then writes, as far as the file allows it. */
  static final class File {
    public static void main(String[] arguments) throws Exception {
      try (FileChannel channel = Inherited.file("x").orElseThrow()) {
        try {
          System.out.println("position " + channel.position() + ", read " + read(channel));
        } catch (NonReadableChannelException e) {
          System.out.println("not for reading");
        }
        try {
          channel.write(ByteBuffer.wrap("new".getBytes(US_ASCII)));
          System.out.println("position " + channel.position());
          System.out.println("lock " + channel.lock().isValid());
        } catch (NonWritableChannelException e) {
          System.out.println("not for writing");
        }
      }
    }
  }

  private interface Task {
    void run() throws IOException;
  }

  private static void onVirtualThread(Task task) throws InterruptedException {
    Thread.ofVirtual()
        .uncaughtExceptionHandler((thread, e) -> Runtime.getRuntime().halt(9))
        .start(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .join();
  }

  /** Non-blocking: nothing is there at first. */
  private static <C extends SelectableChannel & ReadableByteChannel> String selectAndRead(C channel)
      throws IOException {
    channel.configureBlocking(false);
    try (Selector selector = Selector.open()) {
      channel.register(selector, SelectionKey.OP_READ);
      selector.select();
      return read(channel);
    }
  }

  private static String read(ReadableByteChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(100);
    return channel.read(buffer) < 0 ? "" : text(buffer);
  }

  private static String text(ByteBuffer buffer) {
    return US_ASCII.decode(buffer.flip()).toString();
  }

  private static void write(WritableByteChannel channel, String text) throws IOException {
    channel.write(ByteBuffer.wrap(text.getBytes(US_ASCII)));
  }
}
