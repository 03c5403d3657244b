// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.benchmarks.spawn;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Pure: medians and their spread, as lines of CSV; durations in microseconds. */
final class Summary {
  static final String HEADER =
      "row,worker,rounds,samples,median of round medians,lowest,highest,"
          + "p10 of all samples,p50,p90\n";
  static final String RATIO_HEADER = "row,worker,to,median of the rounds' ratios,lowest,highest\n";

  private Summary() {}

  static String line(String row, String worker, List<long[]> rounds, double[] medians) {
    long[] all = joined(rounds);
    return String.format(
        Locale.ROOT,
        "%s,%s,%d,%d,%.1f,%.1f,%.1f,%.1f,%.1f,%.1f%n",
        row,
        worker,
        rounds.size(),
        all.length,
        median(medians) / 1e3,
        lowest(medians) / 1e3,
        highest(medians) / 1e3,
        percentile(all, 10) / 1e3,
        percentile(all, 50) / 1e3,
        percentile(all, 90) / 1e3);
  }

  /** Round by round, as only that is comparable. */
  static String ratioLine(String row, String worker, String to, double[] above, double[] below) {
    double[] ratios =
        IntStream.range(0, above.length).mapToDouble(i -> above[i] / below[i]).toArray();
    return String.format(
        Locale.ROOT,
        "%s,%s,%s,%.3f,%.3f,%.3f%n",
        row,
        worker,
        to,
        median(ratios),
        lowest(ratios),
        highest(ratios));
  }

  static double percentile(long[] samples, int percent) {
    long[] sorted = samples.clone();
    Arrays.sort(sorted);
    return sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
  }

  static long[] joined(List<long[]> parts) {
    return parts.stream().flatMapToLong(Arrays::stream).toArray();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static double lowest(double[] values) {
    return Arrays.stream(values).min().orElseThrow();
  }

  private static double highest(double[] values) {
    return Arrays.stream(values).max().orElseThrow();
  }
}
