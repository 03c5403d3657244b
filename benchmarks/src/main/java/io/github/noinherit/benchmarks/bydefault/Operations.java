// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.benchmarks.bydefault;

import io.github.noinherit.NoInherit;
import io.github.noinherit.Protection;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/*
 * Operations that create a descriptor, with protection and without, in one JVM.
 *
 * In each round every operation runs in two blocks, one protected and one not, right after each
 * other and in an order that changes from round to round. So both see the same machine, and both run
 * the same compiled code. Protection is installed or removed between the blocks and not timed.
 *
 * Prints CSV: round, operation, with or without, nanoseconds each.
 */
public final class Operations {
  private static final int BACKLOG = 64;
  private static final int WARM_UP = 20;
  private static final int AGAIN = 2000;

  private final Path file;
  private final PrintStream out;

  private Operations(Path file, PrintStream out) {
    this.file = file;
    this.out = out;
  }

  /** Runs a number of times, and tells the nanoseconds that count. */
  private interface Block {
    long run(int times) throws IOException;
  }

  /** An operation. */
  private record Operation(String name, int times, Block block) {}

  /**
   * Measures.
   *
   * @param args a number of rounds, at least 1
   */
  public static void main(String[] args) throws IOException {
    int rounds = Integer.parseInt(args[0]);
    Path file = Files.createTempFile("operations", null);
    try {
      Operations operations = new Operations(file, System.out);
      operations.compare(rounds);
      operations.again(rounds);
    } finally {
      Files.delete(file);
    }
  }

  private void compare(int rounds) throws IOException {
    List<Operation> operations =
        List.of(
            new Operation("file, java.io", 2000, this::openFile),
            new Operation("file, java.nio", 2000, this::openChannel),
            new Operation("socket", 2000, Operations::openSocket),
            new Operation("accept", 10 * BACKLOG, Operations::accept));
    for (int round = -WARM_UP; round < rounds; round++) {
      for (Operation o : operations) {
        boolean isFirst = round % 2 == 0;
        measure(round, o, isFirst);
        measure(round, o, !isFirst);
      }
    }
  }

  private void measure(int round, Operation o, boolean isProtected) throws IOException {
    long nanos;
    if (isProtected) {
      Protection protection = NoInherit.byDefault();
      nanos = o.block().run(o.times());
      protection.remove();
    } else {
      nanos = o.block().run(o.times());
    }
    if (round >= 0) {
      row(round, o.name(), isProtected ? "with" : "without", (double) nanos / o.times());
    }
  }

  private void row(int round, String operation, String how, double nanos) {
    out.println(String.format("%d,\"%s\",%s,%.1f", round, operation, how, nanos));
  }

  private long openFile(int times) throws IOException {
    String name = file.toString();
    long begin = System.nanoTime();
    for (int i = 0; i < times; i++) {
      new RandomAccessFile(name, "r").close();
    }
    return System.nanoTime() - begin;
  }

  private long openChannel(int times) throws IOException {
    long begin = System.nanoTime();
    for (int i = 0; i < times; i++) {
      FileChannel.open(file, StandardOpenOption.READ).close();
    }
    return System.nanoTime() - begin;
  }

  private static long openSocket(int times) throws IOException {
    long begin = System.nanoTime();
    for (int i = 0; i < times; i++) {
      SocketChannel.open().close();
    }
    return System.nanoTime() - begin;
  }

  /** Accepts connections that wait already; their making is not timed. */
  private static long accept(int times) throws IOException {
    long nanos = 0;
    try (ServerSocketChannel listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
      SocketAddress address = listener.getLocalAddress();
      List<SocketChannel> clients = new ArrayList<>();
      for (int i = 0; i < times; i += BACKLOG) {
        for (int j = 0; j < BACKLOG; j++) {
          clients.add(SocketChannel.open(address));
        }
        long begin = System.nanoTime();
        for (int j = 0; j < BACKLOG; j++) {
          listener.accept().close();
        }
        nanos += System.nanoTime() - begin;
        for (SocketChannel c : clients) {
          c.close();
        }
        clients.clear();
      }
    }
    return nanos;
  }

  /** A further call of byDefault, when protection is on: one more owner. */
  private void again(int rounds) throws IOException {
    Protection first = NoInherit.byDefault();
    for (int round = -WARM_UP; round < rounds; round++) {
      List<Protection> more = new ArrayList<>(AGAIN);
      long begin = System.nanoTime();
      for (int i = 0; i < AGAIN; i++) {
        more.add(NoInherit.byDefault());
      }
      long nanos = System.nanoTime() - begin;
      for (Protection p : more) {
        p.remove();
      }
      if (round >= 0) {
        row(round, "byDefault() again", "with", (double) nanos / AGAIN);
      }
    }
    first.remove();
  }
}
