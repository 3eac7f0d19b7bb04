package io.promlib.examples.bench.hostile;

import io.promlib.examples.bench.child.Figures;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * What one round gave: the good clients alone and under attack, the gateway then, and the peers.
 *
 * @param heapQuiet after a GC, before the attack
 * @param heapAttacked after a GC, with the attack going on
 */
record Round(
    Figures quiet,
    Figures attacked,
    double heapQuiet,
    double heapAttacked,
    Figures gateway,
    Figures peers,
    Shares shares) {
  static final double MIB = 1 << 20;

  /** Processors that each process used during the attack. */
  record Shares(double gateway, double good, double hostile) {}

  double lost() {
    return quiet.number("lost") + attacked.number("lost");
  }

  double repeated() {
    return quiet.number("repeated") + attacked.number("repeated");
  }

  double cuts() {
    return quiet.number("cuts") + attacked.number("cuts");
  }

  /** What the good clients and the hostile peers ran into, if anything. */
  List<String> problems() {
    return Stream.of(quiet.text("problem"), attacked.text("problem"), peers.text("failure"))
        .filter(problem -> !problem.equals("-"))
        .map(problem -> problem.replace('_', ' '))
        .distinct()
        .toList();
  }

  static double median(List<Round> rounds, ToDoubleFunction<Round> figure) {
    double[] sorted = rounds.stream().mapToDouble(figure).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  static double most(List<Round> rounds, ToDoubleFunction<Round> figure) {
    return rounds.stream().mapToDouble(figure).max().orElseThrow();
  }

  static String titles() {
    return String.format(
        "%-9s %26s %26s %19s %8s %8s %20s  %s",
        "round",
        "quiet p50/p99/p99.9 ms",
        "attacked p50/p99/p99.9 ms",
        "heap MiB quiet/att.",
        "hostile",
        "threads",
        "cpus gw/good/hostile",
        "closed by code");
  }

  String toLine(int number) {
    return String.format(
        Locale.ROOT,
        "%-9d %26s %26s %19s %8s %8s %20s  %s",
        number,
        latency(quiet),
        latency(attacked),
        String.format(Locale.ROOT, "%.1f/%.1f", heapQuiet / MIB, heapAttacked / MIB),
        peers.text("up"),
        gateway.text("threads"),
        String.format(Locale.ROOT, "%.2f/%.2f/%.2f", shares.gateway, shares.good, shares.hostile),
        gateway.text("closes"));
  }

  private static String latency(Figures figures) {
    return String.format(
        Locale.ROOT,
        "%.2f/%.2f/%.2f",
        figures.number("p50"),
        figures.number("p99"),
        figures.number("p999"));
  }
}
