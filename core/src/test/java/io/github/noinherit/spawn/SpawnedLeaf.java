// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.LeafReport;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A leaf to be started by {@link Spawn}, and its report: the witness of every test here, since it
 * asks the kernel and knows nothing of noinherit.
 */
final class SpawnedLeaf {
  private static final AtomicLong REPORTS = new AtomicLong();

  private final Path report;
  private final Spawn spawn;

  private SpawnedLeaf(Path report, List<String> options) {
    this.report = report;
    List<String> command = new ArrayList<>(Leaf.command(report));
    command.addAll(options);
    this.spawn = Spawn.command(command);
  }

  /** A leaf that reports to a file in this folder. */
  static SpawnedLeaf in(Path folder, String... options) {
    return new SpawnedLeaf(fresh(folder), List.of(options));
  }

  /** A name for a report that is not there yet. */
  static Path fresh(Path folder) {
    return folder.resolve("report-" + REPORTS.incrementAndGet()).toAbsolutePath();
  }

  /** A leaf that says on its standard output what it has; quick: no file, no environment. */
  static Spawn talking() {
    return Spawn.command(Leaf.program().toString(), "--report", "-").clearEnvironment();
  }

  /** What a talking leaf says. */
  static LeafReport listen(SpawnedProcess leaf) throws IOException, InterruptedException {
    String said;
    try (var out = leaf.getInputStream()) {
      said = new String(out.readAllBytes(), StandardCharsets.US_ASCII);
    }
    assertEquals(0, leaf.waitFor(), "exit status of the leaf");
    return LeafReport.parse(said);
  }

  /** Device and inode of a file, as {@link Descriptor} has them. */
  static String identity(Path file) throws IOException {
    Map<String, Object> status = Files.readAttributes(file, "unix:dev,ino");
    return status.get("dev") + ":" + status.get("ino");
  }

  /** Number to device and inode, of what a leaf has above the standard streams. */
  static Map<Integer, String> identities(LeafReport report) {
    Map<Integer, String> identities = new TreeMap<>();
    report.extraDescriptors().forEach((n, d) -> identities.put(n, d.device() + ":" + d.inode()));
    return identities;
  }

  /** How it will be started. */
  Spawn spawn() {
    return spawn;
  }

  /** With standard error where standard output goes. */
  SpawnedLeaf merged() {
    spawn.redirectErrorStream(true);
    return this;
  }

  /** Starts it, waits for its end, and returns what it said. */
  LeafReport run() throws IOException, InterruptedException {
    Files.deleteIfExists(report);
    try (SpawnedProcess process = spawn.start()) {
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the leaf did not end");
      assertEquals(0, process.exitValue(), "exit status of the leaf");
    }
    return LeafReport.read(report);
  }

  /** What is open under a handle holder in this process, as the kernel tells it. */
  static Descriptor here(Closeable holder) throws IOException {
    return here((int) Handle.of(holder).number());
  }

  /** What is open under a number in this process. */
  static Descriptor here(int number) {
    return DescriptorTable.ofThisProcess().get(number).orElseThrow();
  }

  /** The child has above the standard streams what is wanted, and nothing else. */
  static void assertExactly(Map<Integer, Descriptor> wanted, LeafReport report) {
    assertSame(wanted, report.extraDescriptors());
  }

  /** Each number has the wanted file, and there are no others; none would be closed by an exec. */
  static void assertSame(Map<Integer, Descriptor> wanted, Map<Integer, Descriptor> seen) {
    assertEquals(describe(wanted), describe(seen));
    seen.values().forEach(d -> assertTrue(!d.closeOnExec(), () -> "close-on-exec: " + d));
  }

  private static Map<Integer, String> describe(Map<Integer, Descriptor> table) {
    Map<Integer, String> files = new TreeMap<>();
    table.forEach((n, d) -> files.put(n, d.device() + ":" + d.inode() + " " + d.link()));
    return files;
  }
}
