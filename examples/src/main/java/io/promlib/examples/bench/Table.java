package io.promlib.examples.bench;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Prints one line for each case: the medians, the spread of the throughput, and the ratio to the
 * queue.
 */
final class Table {
  private Table() {}

  static void print(Map<Case, List<CaseResult>> results, PrintStream out) {
    out.printf(
        "%n%-10s %-28s %12s %7s %8s %9s %9s %9s %10s %8s%n",
        "case",
        "workload",
        "deliveries/s",
        "spread",
        "B/event",
        "p50 us",
        "p99 us",
        "p99.9 us",
        "B/ev rated",
        "x queue");
    results.forEach(
        (one, runs) -> {
          CaseResult median = CaseResult.median(runs);
          out.printf(
              Locale.ROOT,
              "%-10s %-28s %12s %6.0f%% %8.0f %9.1f %9.1f %9.1f %10.0f %8s%n",
              one.kind().label(),
              one.workload().name(),
              rate(median.perSecond()),
              100 * CaseResult.spread(runs),
              median.bytes(),
              median.p50(),
              median.p99(),
              median.p999(),
              median.ratedBytes(),
              ratio(results, one).map(r -> String.format(Locale.ROOT, "%.2f", r)).orElse("-"));
        });
    out.println(
        "B/event: all that the JVM allocated, the payload itself included; rated: at the fixed"
            + " rate");
  }

  private static Optional<Double> ratio(Map<Case, List<CaseResult>> results, Case one) {
    List<CaseResult> limit = results.get(new Case(Contender.Kind.QUEUE, one.workload()));
    List<CaseResult> runs = results.get(one);
    if (limit == null || runs == null) {
      return Optional.empty();
    }
    return Optional.of(CaseResult.median(runs).perSecond() / CaseResult.median(limit).perSecond());
  }

  static String rate(double perSecond) {
    return String.format(Locale.ROOT, "%,.0f", perSecond);
  }
}
