// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.benchmarks.spawn;

import io.github.noinherit.Spawn;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts children and tells how long each took, as spawn-worker.c does.
 *
 * <p>{@code Worker noinherit|processbuilder OPEN}, and then lines on standard input: {@code inherit
 * N}, {@code pipes N}, {@code pass N}. The answer to each is one line of N durations in
 * nanoseconds: from before anything is made for the child to after the last of its streams is
 * closed and it is waited for. One child is started before the OPEN descriptors are opened, unless
 * {@code -Dlate=true} is given.
 */
public final class Worker {
  /** A system property: the first child is started after the descriptors were opened. */
  static final String LATE = "late";

  private static final int WARM_UP = 5;
  private static final String PROGRAM = "/bin/true";

  private final List<Closeable> open = new ArrayList<>();

  private Worker() {}

  /** One child, from nothing to its end. */
  private interface Way {
    void once() throws IOException, InterruptedException;
  }

  /** Reads the orders. */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length != 2) {
      System.err.println("usage: Worker noinherit|processbuilder OPEN");
      System.exit(2);
    }
    new Worker().obey(args[0], Integer.parseInt(args[1]));
  }

  private void obey(String who, int count) throws IOException, InterruptedException {
    if (!Boolean.getBoolean(LATE)) {
      way(who, "pipes").once();
    }
    for (int i = 0; i < count; i++) {
      open.add(new FileInputStream("/dev/null"));
    }
    boolean started = false;
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = orders.readLine(); line != null; line = orders.readLine()) {
      String[] order = line.split(" ", -1);
      Way way = way(who, order[0]);
      long[] taken = new long[Integer.parseInt(order[1])];
      if (started) { // others ran meanwhile
        for (int i = 0; i < WARM_UP; i++) {
          way.once();
        }
      }
      started = true;
      for (int i = 0; i < taken.length; i++) {
        long start = System.nanoTime();
        way.once();
        taken[i] = System.nanoTime() - start;
      }
      StringBuilder answer = new StringBuilder();
      for (long t : taken) {
        answer.append(t).append(' ');
      }
      System.out.println(answer);
    }
  }

  private Way way(String who, String what) {
    return switch (who + ' ' + what) {
      case "noinherit inherit" -> () -> ended(Spawn.command(PROGRAM).inheritIO().start());
      case "noinherit pipes" -> () -> read(Spawn.command(PROGRAM).start());
      case "noinherit pass" -> () -> read(Spawn.command(PROGRAM).passAs(3, open.getLast()).start());
      case "processbuilder inherit" -> () -> ended(new ProcessBuilder(PROGRAM).inheritIO().start());
      case "processbuilder pipes" -> () -> read(new ProcessBuilder(PROGRAM).start());
      default -> throw new IllegalArgumentException(who + " cannot do " + what);
    };
  }

  private static void ended(Process child) throws InterruptedException {
    int status = child.waitFor();
    if (status != 0) {
      throw new IllegalStateException(PROGRAM + " ended with status " + status);
    }
  }

  private static void read(Process child) throws IOException, InterruptedException {
    child.getInputStream().readAllBytes();
    child.getErrorStream().readAllBytes();
    ended(child);
    child.getOutputStream().close();
    child.getInputStream().close();
    child.getErrorStream().close();
  }
}
