package io.promlib.examples.bench.mongo;

import org.HdrHistogram.Histogram;

/** Does something again and again for so long, one after another. */
final class Span {
  private static final long LONGEST_NANOS = 60_000_000_000L;

  /** Does it once and returns how many events that were. */
  interface Work {
    int once() throws InterruptedException;
  }

  private Span() {}

  /** As long a warm-up, then what is measured. */
  static MongoFigures measure(long nanos, Work work) throws InterruptedException {
    run(nanos, work);
    return run(nanos, work);
  }

  private static MongoFigures run(long nanos, Work work) throws InterruptedException {
    Histogram took = new Histogram(LONGEST_NANOS, 3);
    long begun = System.nanoTime();
    long done = 0;
    long now = begun;
    while (now - begun < nanos) {
      long from = now;
      done += work.once();
      now = System.nanoTime();
      took.recordValue(Math.min(now - from, LONGEST_NANOS));
    }
    return new MongoFigures(done * 1e9 / (now - begun), took.getValueAtPercentile(50) / 1e3, 0);
  }
}
