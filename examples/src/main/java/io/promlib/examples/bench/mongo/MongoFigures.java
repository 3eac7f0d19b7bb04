package io.promlib.examples.bench.mongo;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What a run of a case came to.
 *
 * @param perSecond events or documents a second
 * @param p50 microseconds of one after another; 0 where they are not done so
 * @param calls calls of the database for each 100 events
 */
record MongoFigures(double perSecond, double p50, double calls) {
  private static final String PREFIX = "RESULT ";

  String toLine() {
    return PREFIX + String.format(Locale.ROOT, "%f %f %f", perSecond, p50, calls);
  }

  static boolean isLine(String line) {
    return line.startsWith(PREFIX);
  }

  static MongoFigures ofLine(String line) {
    String[] words = line.substring(PREFIX.length()).strip().split(" ", -1);
    return new MongoFigures(
        Double.parseDouble(words[0]), Double.parseDouble(words[1]), Double.parseDouble(words[2]));
  }

  /** The median of each figure for itself. */
  static MongoFigures median(List<MongoFigures> runs) {
    return new MongoFigures(
        median(runs, MongoFigures::perSecond),
        median(runs, MongoFigures::p50),
        median(runs, MongoFigures::calls));
  }

  /** How far the runs lie apart, as a part of the median. */
  static double spread(List<MongoFigures> runs) {
    double most = runs.stream().mapToDouble(MongoFigures::perSecond).max().orElse(0);
    double least = runs.stream().mapToDouble(MongoFigures::perSecond).min().orElse(0);
    return (most - least) / median(runs).perSecond();
  }

  private static double median(List<MongoFigures> runs, ToDoubleFunction<MongoFigures> figure) {
    double[] sorted = runs.stream().mapToDouble(figure).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
