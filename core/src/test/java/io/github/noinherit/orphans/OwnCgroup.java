// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.orphans;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** A control group made by a test, where that can be done. */
final class OwnCgroup {
  private OwnCgroup() {}

  /** Makes one, at the top of the hierarchy. */
  static Path make() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      Path mount = Path.of(line.split(" ", -1)[4]);
      if (line.contains(" - cgroup2 ") && Files.isWritable(mount)) {
        return Files.createDirectory(mount.resolve("test-" + UUID.randomUUID()));
      }
    }
    assumeTrue(false, "no control group of version 2 can be made here");
    throw new IllegalStateException();
  }

  /** Removes it. What was in it has ended, or does so in a moment. */
  static void remove(Path group) throws IOException, InterruptedException {
    for (int i = 0; i < 100; i++) {
      try {
        Files.delete(group);
        return;
      } catch (java.nio.file.FileSystemException e) {
        Thread.sleep(10);
      }
    }
    Files.delete(group);
  }
}
