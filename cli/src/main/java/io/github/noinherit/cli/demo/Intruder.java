// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A program that has nothing to do with the server, but is started by it.
 *
 * <p>It is not told any number. It looks through its own descriptors, reads the regular files that
 * are not the Java runtime's own, and answers one client on every socket that listens. Each thing
 * it does is one line on standard output: {@code child}, a word, and what it got.
 *
 * <p>Run by root it first tries, as the user with the number {@value #NOBODY}, to open the server's
 * file by its name. Only the thread's file-system user is changed, and changed back: a descriptor
 * is read without any such check, whoever asks.
 */
public final class Intruder {
  private static final int ROOT = 0;
  private static final int NOBODY = 65534; // "nobody" on the usual distributions
  private static final int PATIENCE_MILLIS = 20_000; // its own end, if nobody ends it before

  private Intruder() {}

  /**
   * Runs the intruder.
   *
   * @param args the name of the secret file, to see whether it may be opened by name
   */
  public static void main(String[] args) throws IOException, InterruptedException, Libc.CallFailed {
    if (Libc.effectiveUser() == ROOT) {
      Libc.tryOpen("/"); // everything the attempt needs is loaded while root
      if (Libc.openFilesAs(NOBODY)) {
        String refusal = Libc.tryOpen(args[0]);
        Libc.openFilesAs(ROOT);
        report("by-name", refusal.isEmpty() ? "opened" : refusal);
      }
    }
    int listener = -1;
    for (OpenHandle handle : Kernel.table(ProcessHandle.current().pid())) {
      if (handle.isStandard() || handle.isOfJavaRuntime()) {
        continue;
      }
      if (handle.isSocket()) {
        listener = Libc.isListening(handle.number()) ? handle.number() : listener;
      } else if (Files.isRegularFile(Path.of("/proc/self/fd/" + handle.number()))) {
        report("read", handle.number() + "\t" + Libc.readStart(handle.number(), 200).strip());
      }
    }
    if (listener >= 0) {
      report("listens", Integer.toString(listener));
      int client = Libc.accept(listener, PATIENCE_MILLIS);
      if (client >= 0) {
        Libc.sendAndClose(client, "hello from process " + ProcessHandle.current().pid() + "\n");
      }
    }
    report("done", "");
    Thread.sleep(PATIENCE_MILLIS); // to be looked at; it is ended before
  }

  private static void report(String word, String value) {
    System.out.println("child\t" + word + "\t" + value);
    System.out.flush();
  }
}
