// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The server of the story: a JVM of its own that does what it is told, one order a line.
 *
 * <p>It knows nothing of noinherit: it opens its files, sockets and pipes by the JDK's own methods,
 * as every Java program does. {@link ProtectedServer} is the same with noinherit.
 *
 * <p>An order is a word and its arguments, separated by tabs; the answer is one line too, {@code
 * ok} or {@code failed} and a value. The server ends when its standard input ends, so it never
 * outlives the command.
 */
public class Server {
  private static final int MEGABYTE = 1 << 20;

  private @Nullable ServerSocketChannel listener;
  private @Nullable SocketChannel connection;
  private @Nullable FileChannel file;
  private @Nullable Sorter sorter;

  Server() {}

  /**
   * Runs the server.
   *
   * @param args none
   */
  public static void main(String[] args) throws IOException {
    new Server().run();
  }

  final void run() throws IOException {
    answer("ready", Long.toString(ProcessHandle.current().pid()));
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = orders.readLine(); line != null; line = orders.readLine()) {
      List<String> order = Arrays.asList(line.split("\t", -1));
      if (order.getFirst().equals("end")) {
        break;
      }
      try {
        answer("ok", obey(order.getFirst(), order.subList(1, order.size())));
      } catch (IOException | Libc.CallFailed e) {
        answer("failed", String.valueOf(e.getMessage()));
      }
    }
    Runtime.getRuntime().halt(0); // as a crash would: nothing is tidied up but by the kernel
  }

  private static void answer(String word, String value) {
    System.out.println(word + "\t" + value);
    System.out.flush();
  }

  private String obey(String order, List<String> args) throws IOException, Libc.CallFailed {
    return switch (order) {
      case "listen" -> listen(Integer.parseInt(args.get(0)), Integer.parseInt(args.get(1)));
      case "accept" -> {
        connection = held(listener).accept();
        yield "";
      }
      case "say" -> {
        held(connection)
            .write(ByteBuffer.wrap((args.get(0) + "\n").getBytes(StandardCharsets.UTF_8)));
        yield "";
      }
      case "hang-up" -> {
        held(connection).close();
        yield "";
      }
      case "open" -> {
        file = FileChannel.open(Path.of(args.get(0)), StandardOpenOption.READ);
        yield "";
      }
      case "fill" -> fill(Path.of(args.get(0)), Integer.parseInt(args.get(1)));
      case "delete" -> {
        held(file).close();
        Files.delete(Path.of(args.get(0)));
        yield "";
      }
      case "sorter" -> {
        Sorter started = Sorter.start(args);
        sorter = started;
        yield Long.toString(started.pid());
      }
      case "sort" -> {
        held(sorter).giveAll(args);
        yield "";
      }
      case "sorted" -> held(sorter).await(Long.parseLong(args.get(0)));
      case "helper" -> Integer.toString(Libc.posixSpawn(args));
      case "hand-over" ->
          Long.toString(
              startHelperWith(
                  held(listener), Integer.parseInt(args.get(0)), args.subList(1, args.size())));
      case "exec" -> throw Libc.execve(Kernel.commandLine(ProcessHandle.current().pid()));
      default -> throw new IOException("unknown order: " + order);
    };
  }

  /** Listens on a port of the loopback address; port 0 takes any free one. */
  private String listen(int port, int backlog) throws IOException {
    ServerSocketChannel opened = ServerSocketChannel.open();
    try {
      opened.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), backlog);
    } catch (IOException e) {
      opened.close();
      throw e;
    }
    listener = opened;
    return Integer.toString(((InetSocketAddress) opened.getLocalAddress()).getPort());
  }

  private String fill(Path path, int megabytes) throws IOException {
    FileChannel opened =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    file = opened;
    ByteBuffer block = ByteBuffer.allocateDirect(MEGABYTE);
    for (int i = 0; i < megabytes; i++) {
      block.clear();
      while (block.hasRemaining()) {
        opened.write(block);
      }
    }
    return "";
  }

  /**
   * Starts a helper that is meant to get the listener, and answers its pid. There is nothing to
   * name here: it gets the listener as it gets all else.
   *
   * @param number the descriptor that it should find the listener under
   */
  long startHelperWith(ServerSocketChannel listener, int number, List<String> command)
      throws IOException, Libc.CallFailed {
    return Libc.posixSpawn(command);
  }

  private static <T> T held(@Nullable T handle) throws IOException {
    if (handle == null) {
      throw new IOException("nothing is open for this order");
    }
    return handle;
  }
}
