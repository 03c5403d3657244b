// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.benchmarks.floor;

import io.github.noinherit.NoInherit;
import java.io.IOException;
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
import org.openjdk.jmh.annotations.Warmup;

/** A file opened and closed: non-inheritable from birth, and as the JDK does it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Opening {
  private static final Path FILE = Path.of("/etc/passwd");

  /** Ours. */
  @Benchmark
  public void noinherit() throws IOException {
    NoInherit.open(FILE).close();
  }

  /** The JDK's. */
  @Benchmark
  public void jdk() throws IOException {
    FileChannel.open(FILE).close();
  }
}
