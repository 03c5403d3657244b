// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.benchmarks.floor;

import io.github.noinherit.Handle;
import io.github.noinherit.NoInherit;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
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

/** Flags on an open handle: to set one is one system call, to ask another. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Flags {
  private static final Path FILE = Path.of("/etc/passwd");

  private final FileInputStream stream;
  private final FileChannel channel;
  private final Handle ofStream;
  private final Handle ofChannel;

  /** Opens a stream and a channel. */
  public Flags() {
    try {
      stream = new FileInputStream(FILE.toFile());
      channel = FileChannel.open(FILE);
      ofStream = Handle.of(stream);
      ofChannel = Handle.of(channel);
    } catch (IOException e) { // a state's constructor may throw nothing checked
      throw new UncheckedIOException(e);
    }
  }

  /** Closes both. */
  @TearDown
  public void close() throws IOException {
    stream.close();
    channel.close();
  }

  /** A FileInputStream's handle. */
  @Benchmark
  public void setOnStream() throws IOException {
    ofStream.setInheritable(false);
  }

  /** A FileChannel's handle. */
  @Benchmark
  public void setOnChannel() throws IOException {
    ofChannel.setInheritable(false);
  }

  /** The flag of a FileChannel's handle. */
  @Benchmark
  public boolean ask() throws IOException {
    return ofChannel.isInheritable();
  }

  /** From the object on, as an application would write it. */
  @Benchmark
  public void setNoInherit() throws IOException {
    NoInherit.setNoInherit(channel);
  }
}
