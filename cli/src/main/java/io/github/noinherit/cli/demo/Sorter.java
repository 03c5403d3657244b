// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that the server lets work for it, by {@link ProcessBuilder}: text in, text out. */
record Sorter(Process process) {
  static Sorter start(List<String> command) throws IOException {
    return new Sorter(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  long pid() {
    return process.pid();
  }

  /** Writes lines and closes the pipe, which is how a filter is told that it has got all. */
  void giveAll(List<String> lines) throws IOException {
    try (OutputStream in = process.getOutputStream()) {
      in.write((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Waits for its end: answers what it wrote, in one line, or nothing if it goes on. */
  String await(long millis) throws IOException {
    try {
      if (!process.waitFor(millis, TimeUnit.MILLISECONDS)) {
        return "";
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for " + pid());
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return String.join(" ", output.strip().split("\n", -1));
  }
}
