package io.promlib.examples.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Warms a contender up, measures it flat out, then at a fixed rate. Latency counts from the moment
 * an event was due, so that a publisher which falls behind does not hide what its events waited.
 */
final class CaseRun {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final long WARM_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final long WARM_PACED_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long SAMPLE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Contender.Kind kind;
  private final Workload workload;
  private final long measureNanos;
  private final int rate;
  private final Tally tally;
  private final Allocation allocation = new Allocation();
  private final long[] published;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private volatile boolean running;

  CaseRun(Contender.Kind kind, Workload workload, int seconds, int rate) {
    this.kind = kind;
    this.workload = workload;
    this.rate = rate;
    measureNanos = TimeUnit.SECONDS.toNanos(seconds);
    tally = new Tally(workload, kind.bounded() ? Integer.MAX_VALUE : workload.window());
    published = new long[workload.publishers()];
  }

  CaseResult measure() throws InterruptedException {
    try (Contender contender = kind.start(workload, tally)) {
      List<Thread> flatOut = publishers(source -> flatOut(contender, source));
      pause(WARM_NANOS);
      Span span = span();
      stop(flatOut);
      drain();

      double deliveriesPerEvent = workload.groups();
      double perSecond = span.deliveries * 1e9 / span.nanos;
      double bytes = span.bytes / (span.deliveries / deliveriesPerEvent);

      long start = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100);
      long from = start + WARM_PACED_NANOS;
      tally.record(from, from + measureNanos);
      List<Thread> paced = publishers(source -> paced(contender, source, start));
      pause(from - System.nanoTime());
      Span rated = span();
      stop(paced);
      drain();
      contender.verify();
      Histogram nanos = tally.latencies();
      return new CaseResult(
          perSecond,
          bytes,
          nanos.getValueAtPercentile(50) / 1e3,
          nanos.getValueAtPercentile(99) / 1e3,
          nanos.getValueAtPercentile(99.9) / 1e3,
          rated.bytes / (rated.deliveries / deliveriesPerEvent));
    }
  }

  private void flatOut(Contender contender, int source) throws InterruptedException {
    int topic = source % workload.topics();
    long count = published[source];
    long limit = 0;
    try {
      while (running) {
        if (count >= limit) {
          limit = tally.awaitRoom(source, count);
        } else {
          contender.publish(topic, new Sample(workload.payload(), source, 0));
          count++;
        }
      }
    } finally {
      published[source] = count;
    }
  }

  private void paced(Contender contender, int source, long start) throws InterruptedException {
    int topic = source % workload.topics();
    double interval = 1e9 * workload.publishers() / rate;
    long offset = (long) (interval * source / workload.publishers());
    long number = 0;
    long limit = 0;
    long count = published[source];
    try {
      while (running) {
        long due = start + offset + (long) (number * interval);
        long early = due - System.nanoTime();
        if (early > 0) {
          LockSupport.parkNanos(early);
        } else if (count >= limit) {
          limit = tally.awaitRoom(source, count);
        } else {
          contender.publish(topic, new Sample(workload.payload(), source, due));
          number++;
          count++;
        }
      }
    } finally {
      published[source] = count;
    }
  }

  /** Deliveries, bytes and time while the publishers run. */
  private Span span() {
    long bytes = allocation.sample();
    long deliveries = tally.deliveries();
    long from = System.nanoTime();
    for (long left = measureNanos; left > 0; left = from + measureNanos - System.nanoTime()) {
      pause(Math.min(left, SAMPLE_NANOS));
      allocation.sample();
      failed();
    }
    long nanos = System.nanoTime() - from;
    return new Span(tally.deliveries() - deliveries, allocation.sample() - bytes, nanos);
  }

  private List<Thread> publishers(Publisher work) {
    running = true;
    List<Thread> threads = new ArrayList<>();
    for (int number = 0; number < workload.publishers(); number++) {
      int source = number;
      Thread thread =
          new Thread(
              () -> {
                try {
                  work.run(source);
                } catch (InterruptedException stopped) {
                  Thread.currentThread().interrupt();
                } catch (RuntimeException | Error e) {
                  failure.compareAndSet(null, e);
                }
              },
              "publisher-" + source);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
    return threads;
  }

  private void stop(List<Thread> publishers) throws InterruptedException {
    running = false;
    for (Thread publisher : publishers) {
      publisher.join(TimeUnit.NANOSECONDS.toMillis(PATIENCE_NANOS));
      if (publisher.isAlive()) {
        throw new IllegalStateException(publisher.getName() + " is stuck: events are not handled");
      }
    }
  }

  /**
   * Waits until every group handled everything: a case that loses or repeats an event gives no
   * figures.
   */
  private void drain() {
    long until = System.nanoTime() + PATIENCE_NANOS;
    for (int source = 0; source < published.length; source++) {
      while (tally.slowest(source) < published[source]) {
        failed();
        if (System.nanoTime() - until > 0) {
          throw new IllegalStateException(
              "of " + published[source] + " events " + tally.slowest(source) + " were handled");
        }
        pause(TimeUnit.MILLISECONDS.toNanos(1));
      }
    }
    long expected = 0;
    for (long count : published) {
      expected += count * workload.groups();
    }
    if (tally.deliveries() != expected) {
      throw new IllegalStateException(
          "of " + expected + " deliveries " + tally.deliveries() + " were handled");
    }
  }

  private void failed() {
    Throwable thrown = failure.get();
    if (thrown != null) {
      throw new IllegalStateException("a publisher failed", thrown);
    }
  }

  private static void pause(long nanos) {
    long until = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private record Span(double deliveries, double bytes, double nanos) {}

  private interface Publisher {
    void run(int source) throws InterruptedException;
  }
}
