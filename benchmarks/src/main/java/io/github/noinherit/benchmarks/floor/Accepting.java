// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.benchmarks.floor;

import io.github.noinherit.NoInherit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A connection over loopback, accepted and closed: non-inheritable from birth, and as the JDK does
 * it. Both connect alike. Closing resets the connection, so that no port waits (SO_LINGER 0).
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Accepting {
  private final ServerSocketChannel listener;

  /** Listens on a free port. */
  public Accepting() {
    try {
      listener = NoInherit.openServerSocketChannel();
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    } catch (IOException e) { // a state's constructor may throw nothing checked
      throw new UncheckedIOException(e);
    }
  }

  /** Closes the listener. */
  @TearDown
  public void close() throws IOException {
    listener.close();
  }

  private SocketChannel connect() throws IOException {
    SocketChannel client = SocketChannel.open(listener.getLocalAddress());
    client.setOption(StandardSocketOptions.SO_LINGER, 0);
    return client;
  }

  /** Ours. */
  @Benchmark
  public void noinherit() throws IOException {
    try (SocketChannel client = connect();
        SocketChannel accepted = NoInherit.accept(listener)) {
      check(client, accepted);
    }
  }

  /** The JDK's. */
  @Benchmark
  public void jdk() throws IOException {
    try (SocketChannel client = connect();
        SocketChannel accepted = listener.accept()) {
      check(client, accepted);
    }
  }

  private static void check(SocketChannel client, @Nullable SocketChannel accepted) {
    if (accepted == null || !client.isConnected()) {
      throw new IllegalStateException("no connection on a blocking listener");
    }
  }
}
