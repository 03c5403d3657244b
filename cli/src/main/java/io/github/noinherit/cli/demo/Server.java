// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
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
 * <p>An order is a word and its arguments, separated by tabs; the answer is one line too, {@code
 * ok} or {@code failed} and a value. The same server plays both sides of a scene; only its {@link
 * Handles} differ. It ends when its standard input ends, so it never outlives the command.
 */
public final class Server {
  private static final int MEGABYTE = 1 << 20;

  private final Handles handles;
  private @Nullable ServerSocketChannel listener;
  private @Nullable SocketChannel connection;
  private @Nullable FileChannel file;

  private Server(Handles handles) {
    this.handles = handles;
  }

  /**
   * Runs the server.
   *
   * @param args the side: {@code WITHOUT} or {@code WITH} noinherit
   */
  public static void main(String[] args) throws IOException {
    Server server = new Server(Handles.of(Side.valueOf(args[0])));
    answer("ready", Long.toString(ProcessHandle.current().pid()));
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = orders.readLine(); line != null; line = orders.readLine()) {
      List<String> order = Arrays.asList(line.split("\t", -1));
      if (order.getFirst().equals("end")) {
        break;
      }
      try {
        answer("ok", server.obey(order.getFirst(), order.subList(1, order.size())));
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
        connection = handles.accept(held(listener));
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
        file = handles.open(Path.of(args.get(0)), StandardOpenOption.READ);
        yield "";
      }
      case "fill" -> fill(Path.of(args.get(0)), Integer.parseInt(args.get(1)));
      case "delete" -> {
        held(file).close();
        Files.delete(Path.of(args.get(0)));
        yield "";
      }
      case "helper" -> Integer.toString(Libc.posixSpawn(args));
      case "hand-over" ->
          Long.toString(
              handles.startHelperWith(
                  held(listener), Integer.parseInt(args.get(0)), args.subList(1, args.size())));
      case "exec" -> throw Libc.execve(ownCommandLine());
      default -> throw new IOException("unknown order: " + order);
    };
  }

  private String listen(int port, int backlog) throws IOException {
    listener = handles.listen(port, backlog);
    return Integer.toString(((InetSocketAddress) listener.getLocalAddress()).getPort());
  }

  private String fill(Path path, int megabytes) throws IOException {
    FileChannel opened =
        handles.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
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

  private static List<String> ownCommandLine() throws IOException {
    String line = Files.readString(Path.of("/proc/self/cmdline"));
    return Arrays.asList(line.substring(0, line.length() - 1).split("\0", -1));
  }

  private static <T> T held(@Nullable T handle) throws IOException {
    if (handle == null) {
      throw new IOException("nothing is open for this order");
    }
    return handle;
  }
}
