// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.LeafReport;
import io.github.noinherit.testkit.NaiveForker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Children started by native code with no closing at all: the second witness, next to fcntl. */
public final class NaiveChild {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private NaiveChild() {}

  /** What such a child has from the start. */
  public static DescriptorTable table(Path folder) throws IOException {
    Path report = report(folder);
    assertEquals(0, NaiveForker.run(Leaf.program(), "--report", report.toString()));
    return LeafReport.read(report).table();
  }

  /** Such a child that stays, with all that it got, until it is closed. */
  public static Holding holding(Path folder) throws IOException, InterruptedException {
    Path report = report(folder);
    long pid = NaiveForker.fork(Leaf.program(), "--report", report.toString(), "--hold", "60");
    Holding child = new Holding(pid);
    try {
      LeafReport.await(report, Duration.ofSeconds(20));
    } catch (IOException | InterruptedException | RuntimeException e) {
      child.close();
      throw e;
    }
    return child;
  }

  private static Path report(Path folder) {
    return folder.resolve("report-" + COUNT.incrementAndGet());
  }

  /** A child that holds on to what it got. */
  public record Holding(long pid) implements AutoCloseable {
    /** What it has now. */
    public DescriptorTable table() {
      return DescriptorTable.of(pid);
    }

    @Override
    public void close() throws IOException {
      NaiveForker.kill(pid);
      assertEquals(128 + 9, NaiveForker.await(pid));
    }
  }
}
