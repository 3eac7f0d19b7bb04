package io.promlib.examples.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What one run of a case came to.
 *
 * @param perSecond deliveries a second, flat out
 * @param bytes allocated per event, flat out
 * @param p50 microseconds from the moment an event was due to its handler, at the fixed rate; the
 *     others likewise
 * @param ratedBytes allocated per event at the fixed rate
 */
record CaseResult(
    double perSecond, double bytes, double p50, double p99, double p999, double ratedBytes) {
  private static final String PREFIX = "RESULT ";

  String toLine() {
    return PREFIX
        + String.format(
            Locale.ROOT, "%f %f %f %f %f %f", perSecond, bytes, p50, p99, p999, ratedBytes);
  }

  static boolean isLine(String line) {
    return line.startsWith(PREFIX);
  }

  static CaseResult ofLine(String line) {
    List<Double> values = new ArrayList<>();
    for (String word : line.substring(PREFIX.length()).strip().split(" ", -1)) {
      values.add(Double.valueOf(word));
    }
    return new CaseResult(
        values.get(0), values.get(1), values.get(2), values.get(3), values.get(4), values.get(5));
  }

  /** The median of each figure for itself. */
  static CaseResult median(List<CaseResult> runs) {
    return new CaseResult(
        median(runs, CaseResult::perSecond),
        median(runs, CaseResult::bytes),
        median(runs, CaseResult::p50),
        median(runs, CaseResult::p99),
        median(runs, CaseResult::p999),
        median(runs, CaseResult::ratedBytes));
  }

  private static double median(List<CaseResult> runs, ToDoubleFunction<CaseResult> figure) {
    double[] sorted = runs.stream().mapToDouble(figure).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** How far the runs' throughput lies apart, as a part of the median. */
  static double spread(List<CaseResult> runs) {
    double most = runs.stream().mapToDouble(CaseResult::perSecond).max().orElse(0);
    double least = runs.stream().mapToDouble(CaseResult::perSecond).min().orElse(0);
    return (most - least) / median(runs).perSecond();
  }
}
