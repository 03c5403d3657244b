// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.benchmarks.spawn;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/*
 * The comparison. Workers in C and in Java, one process each, start children when they are told to;
 * all live at once and only one works at a time. In a round every worker has its share of children
 * for a row in TURNS turns, one worker after the other, so that what happens to the machine in a
 * round happens to all of them; ratios are made within a round, from the medians of its samples.
 *
 * JMH is not used here: it measures in a JVM of its own and cannot take turns with another process.
 */
public final class Comparison {
  private static final int ROUNDS = 9;
  private static final int TURNS = 10;
  private static final int PER_TURN = 30;
  private static final int SLOW_PER_TURN = 3;
  private static final int WARM_UP = 10_000;
  private static final int WARM_UP_C = 100;
  private static final int STARTS = 21;

  /** A worker's name, and its command. */
  private record Kind(String name, List<String> command, boolean slow) {
    boolean java() {
      return !name.startsWith("c-");
    }
  }

  /** A worker's samples of a row, one array for each round. */
  private record Samples(String row, String worker, List<long[]> rounds) {
    double[] medians() {
      return rounds.stream().mapToDouble(r -> Summary.percentile(r, 50)).toArray();
    }
  }

  private final List<Kind> kinds = new ArrayList<>();
  private final List<Samples> results = new ArrayList<>();
  private final Path directory;
  private final int rounds;

  private Comparison(Path directory, int rounds) {
    this.directory = directory;
    this.rounds = rounds;
  }

  /** Arguments: the C worker, where to write, and optionally the number of rounds. */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length < 2) {
      System.err.println("usage: Comparison SPAWN-WORKER DIRECTORY [ROUNDS]");
      System.exit(2);
    }
    Comparison comparison =
        new Comparison(Path.of(args[1]), args.length > 2 ? Integer.parseInt(args[2]) : ROUNDS);
    comparison.kinds(args[0]);
    comparison.run();
    comparison.wholeProcesses();
    comparison.write();
  }

  private void kinds(String c) {
    List<String> big = List.of("-Xms2g", "-Xmx2g", "-XX:+AlwaysPreTouch");
    kinds.add(new Kind("c-10", List.of(c, "10"), false));
    kinds.add(new Kind("noinherit-10", worker(List.of(), "noinherit", "10"), false));
    kinds.add(new Kind("noinherit-10-2g", worker(big, "noinherit", "10"), false));
    kinds.add(new Kind("processbuilder-10", worker(List.of(), "processbuilder", "10"), false));
    kinds.add(new Kind("c-15000", List.of(c, "15000"), false));
    kinds.add(new Kind("noinherit-15000", worker(List.of(), "noinherit", "15000"), false));
    kinds.add(
        new Kind(
            "noinherit-15000-late",
            worker(List.of("-D" + Worker.LATE + "=true"), "noinherit", "15000"),
            false));
    kinds.add(new Kind("processbuilder-15000", worker(List.of(), "processbuilder", "15000"), true));
  }

  private static List<String> worker(List<String> options, String who, String open) {
    List<String> command = java(options);
    command.addAll(List.of(Worker.class.getName(), who, open));
    return command;
  }

  private static List<String> java(List<String> options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    return command;
  }

  /** A worker that runs. */
  private record Running(Kind kind, Process process, BufferedReader answers, Writer orders) {
    static Running start(Kind kind) {
      try {
        Process p =
            new ProcessBuilder(kind.command())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new Running(kind, p, p.inputReader(), p.outputWriter());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    long[] ask(String row, int count) throws IOException {
      orders.write(row + ' ' + count + '\n');
      orders.flush();
      String answer = answers.readLine();
      if (answer == null) {
        throw new IOException(kind.name() + " ended");
      }
      return Arrays.stream(answer.trim().split(" ", -1)).mapToLong(Long::parseLong).toArray();
    }

    boolean can(String row) {
      return !(row.equals("pass") && kind.name().startsWith("processbuilder"));
    }
  }

  private void run() throws IOException, InterruptedException {
    List<Running> workers = kinds.stream().map(Running::start).toList();
    for (String row : List.of("inherit", "pipes", "pass")) {
      List<Running> able = workers.stream().filter(w -> w.can(row)).toList();
      Map<Running, Samples> samples = new LinkedHashMap<>();
      for (Running w : able) {
        warmUp(w, row);
        samples.put(w, new Samples(row, w.kind().name(), new ArrayList<>()));
      }
      for (int round = 0; round < rounds; round++) {
        Map<Running, List<long[]>> turns = new LinkedHashMap<>();
        for (int turn = 0; turn < TURNS; turn++) {
          for (Running w : able) {
            turns
                .computeIfAbsent(w, x -> new ArrayList<>())
                .add(w.ask(row, w.kind().slow() ? SLOW_PER_TURN : PER_TURN));
          }
        }
        samples.forEach((w, s) -> s.rounds().add(Summary.joined(turns.getOrDefault(w, List.of()))));
        System.err.println(row + ": round " + (round + 1) + " of " + rounds);
      }
      results.addAll(samples.values());
    }
    for (Running w : workers) {
      w.orders().close();
      w.process().waitFor();
    }
  }

  /** The code of a JVM gets faster by being run; how, is kept for the first row. */
  private void warmUp(Running w, String row) throws IOException {
    if (!w.kind().java() || w.kind().slow()) {
      w.ask(row, w.kind().slow() ? SLOW_PER_TURN : WARM_UP_C);
      return;
    }
    long[] taken = w.ask(row, WARM_UP);
    if (row.equals("inherit")) {
      for (int from = 0, to = 10; to <= WARM_UP; from = to, to *= 10) {
        String which = "inherit: children " + (from + 1) + " to " + to + " of a JVM";
        results.add(
            new Samples(which, w.kind().name(), List.of(Arrays.copyOfRange(taken, from, to))));
      }
    }
  }

  /** A JVM that starts one child, and one that starts none: whole processes, in turns. */
  private void wholeProcesses() throws IOException, InterruptedException {
    Map<String, List<long[]>> taken = new LinkedHashMap<>();
    for (int i = 0; i < STARTS; i++) {
      for (String what : List.of("nothing", "noinherit", "processbuilder")) {
        List<String> command = java(List.of());
        command.addAll(List.of(OneChild.class.getName(), what));
        long start = System.nanoTime();
        Process p = new ProcessBuilder(command).inheritIO().start();
        int status = p.waitFor();
        long t = System.nanoTime() - start;
        if (status != 0) {
          throw new IOException(command + " ended with status " + status);
        }
        taken.computeIfAbsent(what, x -> new ArrayList<>()).add(new long[] {t});
      }
    }
    taken.forEach((what, times) -> results.add(new Samples("whole-jvm", what, times)));
  }

  private void write() throws IOException {
    Files.createDirectories(directory);
    StringBuilder raw = new StringBuilder("row,worker,round,nanoseconds of each child in order\n");
    StringBuilder summary = new StringBuilder(Summary.HEADER);
    for (Samples s : results) {
      for (int round = 0; round < s.rounds().size(); round++) {
        raw.append(s.row())
            .append(',')
            .append(s.worker())
            .append(',')
            .append(round + 1)
            .append(',');
        for (long t : s.rounds().get(round)) {
          raw.append(t).append(' ');
        }
        raw.setCharAt(raw.length() - 1, '\n');
      }
      summary.append(Summary.line(s.row(), s.worker(), s.rounds(), s.medians()));
    }
    StringBuilder ratios = new StringBuilder(Summary.RATIO_HEADER);
    for (String row : List.of("inherit", "pipes", "pass")) {
      ratio(ratios, row, "noinherit-10", "c-10");
      ratio(ratios, row, "noinherit-10-2g", "c-10");
      ratio(ratios, row, "processbuilder-10", "c-10");
      ratio(ratios, row, "noinherit-15000", "c-15000");
      ratio(ratios, row, "noinherit-15000", "noinherit-10");
      ratio(ratios, row, "noinherit-15000-late", "noinherit-10");
      ratio(ratios, row, "c-15000", "c-10");
      ratio(ratios, row, "processbuilder-15000", "c-15000");
    }
    ratio(ratios, "whole-jvm", "noinherit", "nothing");
    ratio(ratios, "whole-jvm", "processbuilder", "nothing");
    Files.writeString(directory.resolve("raw.csv"), raw, StandardCharsets.US_ASCII);
    Files.writeString(directory.resolve("summary.csv"), summary, StandardCharsets.US_ASCII);
    Files.writeString(directory.resolve("ratios.csv"), ratios, StandardCharsets.US_ASCII);
    System.out.print(summary);
    System.out.print(ratios);
  }

  private void ratio(StringBuilder out, String row, String above, String below) {
    Samples a = find(row, above);
    Samples b = find(row, below);
    if (a != null && b != null) {
      out.append(Summary.ratioLine(row, above, below, a.medians(), b.medians()));
    }
  }

  private @Nullable Samples find(String row, String worker) {
    for (Samples s : results) {
      if (s.row().equals(row) && s.worker().equals(worker)) {
        return s;
      }
    }
    return null;
  }
}
