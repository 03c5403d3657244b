// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static io.github.noinherit.testkit.Zoo.holder;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;

/** The parent's ends of a child's standard streams, one pipe at a time. */
final class ZooProcesses {
  private ZooProcesses() {}

  static List<Species> species() {
    return List.of(
        holder(
            "Process.getOutputStream",
            pen ->
                () ->
                    start(pen, Redirect.PIPE, Redirect.DISCARD, Redirect.DISCARD)
                        .getOutputStream()),
        holder(
            "Process.getInputStream",
            pen -> () -> start(pen, NULL, Redirect.PIPE, Redirect.DISCARD).getInputStream()),
        holder(
            "Process.getErrorStream",
            pen -> () -> start(pen, NULL, Redirect.DISCARD, Redirect.PIPE).getErrorStream()));
  }

  private static final Redirect NULL = Redirect.from(new java.io.File("/dev/null"));

  private static Process start(Pen pen, Redirect in, Redirect out, Redirect err)
      throws IOException {
    Process process =
        new ProcessBuilder("sleep", "600")
            .redirectInput(in)
            .redirectOutput(out)
            .redirectError(err)
            .start();
    pen.keep(() -> end(process));
    return process;
  }

  private static void end(Process process) throws InterruptedException {
    process.destroyForcibly().waitFor();
  }
}
